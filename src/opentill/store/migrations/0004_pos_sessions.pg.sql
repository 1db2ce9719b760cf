-- Sessions of the Terminal SDK, by the hash of their secret; `due` is when one that is over is forgotten.
CREATE TABLE terminal_pos_sessions (
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
CREATE INDEX terminal_pos_sessions_by_created ON terminal_pos_sessions (account, livemode, created, seq);
CREATE UNIQUE INDEX terminal_pos_sessions_by_hash ON terminal_pos_sessions (hash) WHERE hash IS NOT NULL;
CREATE INDEX terminal_pos_sessions_by_due ON terminal_pos_sessions (due) WHERE due IS NOT NULL;
