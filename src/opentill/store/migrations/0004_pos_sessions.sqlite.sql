-- Sessions of the Terminal SDK, by the hash of their secret; `due` is when one that is over is forgotten.
CREATE TABLE terminal_pos_sessions (
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
CREATE INDEX terminal_pos_sessions_by_created ON terminal_pos_sessions (account, livemode, created);
CREATE UNIQUE INDEX terminal_pos_sessions_by_hash ON terminal_pos_sessions (hash) WHERE hash IS NOT NULL;
CREATE INDEX terminal_pos_sessions_by_due ON terminal_pos_sessions (due) WHERE due IS NOT NULL;
