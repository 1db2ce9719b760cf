-- Challenges of 3D Secure, by the hash of what is in the address of their page; `due` is when an open one is over.
CREATE TABLE challenges (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    hash text COLLATE "C",
    due bigint,
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (id, account)
);
CREATE INDEX challenges_by_created ON challenges (account, livemode, created, seq);
CREATE UNIQUE INDEX challenges_by_hash ON challenges (hash) WHERE hash IS NOT NULL;
CREATE INDEX challenges_by_due ON challenges (due) WHERE due IS NOT NULL;
