-- Challenges of 3D Secure, by the hash of what is in the address of their page; `due` is when an open one is over.
CREATE TABLE challenges (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    hash TEXT,
    due INTEGER,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX challenges_by_created ON challenges (account, livemode, created);
CREATE UNIQUE INDEX challenges_by_hash ON challenges (hash) WHERE hash IS NOT NULL;
CREATE INDEX challenges_by_due ON challenges (due) WHERE due IS NOT NULL;
