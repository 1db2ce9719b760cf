-- Pages on which customers save a card or pay. `page` is the id, by which a browser asks without saying whose it is.
CREATE TABLE checkout_sessions (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    customer text COLLATE "C",
    payment_intent text COLLATE "C",
    status text COLLATE "C",
    email text COLLATE "C",
    page text COLLATE "C",
    due bigint,
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (id, account)
);
CREATE INDEX checkout_sessions_by_created ON checkout_sessions (account, livemode, created, seq);
CREATE INDEX checkout_sessions_by_customer
    ON checkout_sessions (account, customer, created, seq) WHERE customer IS NOT NULL;
CREATE INDEX checkout_sessions_by_payment_intent
    ON checkout_sessions (account, payment_intent, created, seq) WHERE payment_intent IS NOT NULL;
CREATE INDEX checkout_sessions_by_status ON checkout_sessions (account, status, created, seq) WHERE status IS NOT NULL;
CREATE INDEX checkout_sessions_by_email ON checkout_sessions (account, email, created, seq) WHERE email IS NOT NULL;
CREATE UNIQUE INDEX checkout_sessions_by_page ON checkout_sessions (page) WHERE page IS NOT NULL;
CREATE INDEX checkout_sessions_by_due ON checkout_sessions (due) WHERE due IS NOT NULL;

-- What is sold, and for how much.
CREATE TABLE products (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    active bigint,
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (id, account)
);
CREATE INDEX products_by_created ON products (account, livemode, created, seq);
CREATE INDEX products_by_active ON products (account, active, created, seq) WHERE active IS NOT NULL;

CREATE TABLE prices (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    active bigint,
    currency text COLLATE "C",
    product text COLLATE "C",
    lookup_key text COLLATE "C",
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (id, account)
);
CREATE INDEX prices_by_created ON prices (account, livemode, created, seq);
CREATE INDEX prices_by_active ON prices (account, active, created, seq) WHERE active IS NOT NULL;
CREATE INDEX prices_by_currency ON prices (account, currency, created, seq) WHERE currency IS NOT NULL;
CREATE INDEX prices_by_product ON prices (account, product, created, seq) WHERE product IS NOT NULL;
CREATE INDEX prices_by_lookup_key ON prices (account, lookup_key, created, seq) WHERE lookup_key IS NOT NULL;
CREATE UNIQUE INDEX prices_one_by_lookup_key ON prices (account, livemode, lookup_key) WHERE lookup_key IS NOT NULL;
