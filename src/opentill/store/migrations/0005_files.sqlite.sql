-- Files: the objects, apart from what is in them; `due` is when one is over.
CREATE TABLE files (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    purpose TEXT,
    due INTEGER,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX files_by_created ON files (account, livemode, created);
CREATE INDEX files_by_purpose ON files (account, purpose, created) WHERE purpose IS NOT NULL;
CREATE INDEX files_by_due ON files (due) WHERE due IS NOT NULL;

-- What is in them: the body is not JSON but the bytes as they came, or sealed.
CREATE TABLE file_contents (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX file_contents_by_created ON file_contents (account, livemode, created);

-- Addresses for everybody; `word` is the end of one.
CREATE TABLE file_links (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    file TEXT,
    word TEXT,
    expires INTEGER,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX file_links_by_created ON file_links (account, livemode, created);
CREATE INDEX file_links_by_file ON file_links (account, file, created) WHERE file IS NOT NULL;
CREATE UNIQUE INDEX file_links_by_word ON file_links (word) WHERE word IS NOT NULL;
CREATE INDEX file_links_by_expires ON file_links (account, expires, created) WHERE expires IS NOT NULL;
