-- Files: the objects, apart from what is in them; `due` is when one is over.
CREATE TABLE files (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    purpose text COLLATE "C",
    due bigint,
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (id, account)
);
CREATE INDEX files_by_created ON files (account, livemode, created, seq);
CREATE INDEX files_by_purpose ON files (account, purpose, created, seq) WHERE purpose IS NOT NULL;
CREATE INDEX files_by_due ON files (due) WHERE due IS NOT NULL;

-- What is in them: the body is not JSON but the bytes as they came, or sealed.
CREATE TABLE file_contents (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (id, account)
);
CREATE INDEX file_contents_by_created ON file_contents (account, livemode, created, seq);

-- Addresses for everybody; `word` is the end of one.
CREATE TABLE file_links (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    file text COLLATE "C",
    word text COLLATE "C",
    expires bigint,
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (id, account)
);
CREATE INDEX file_links_by_created ON file_links (account, livemode, created, seq);
CREATE INDEX file_links_by_file ON file_links (account, file, created, seq) WHERE file IS NOT NULL;
CREATE UNIQUE INDEX file_links_by_word ON file_links (word) WHERE word IS NOT NULL;
CREATE INDEX file_links_by_expires ON file_links (account, expires, created, seq) WHERE expires IS NOT NULL;
