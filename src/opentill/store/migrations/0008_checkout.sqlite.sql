-- Pages on which customers save a card or pay. `page` is the id, by which a browser asks without saying whose it is.
CREATE TABLE checkout_sessions (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    customer TEXT,
    payment_intent TEXT,
    status TEXT,
    email TEXT,
    page TEXT,
    due INTEGER,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX checkout_sessions_by_created ON checkout_sessions (account, livemode, created);
CREATE INDEX checkout_sessions_by_customer ON checkout_sessions (account, customer, created) WHERE customer IS NOT NULL;
CREATE INDEX checkout_sessions_by_payment_intent
    ON checkout_sessions (account, payment_intent, created) WHERE payment_intent IS NOT NULL;
CREATE INDEX checkout_sessions_by_status ON checkout_sessions (account, status, created) WHERE status IS NOT NULL;
CREATE INDEX checkout_sessions_by_email ON checkout_sessions (account, email, created) WHERE email IS NOT NULL;
CREATE UNIQUE INDEX checkout_sessions_by_page ON checkout_sessions (page) WHERE page IS NOT NULL;
CREATE INDEX checkout_sessions_by_due ON checkout_sessions (due) WHERE due IS NOT NULL;

-- What is sold, and for how much.
CREATE TABLE products (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    active INTEGER,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX products_by_created ON products (account, livemode, created);
CREATE INDEX products_by_active ON products (account, active, created) WHERE active IS NOT NULL;

CREATE TABLE prices (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    active INTEGER,
    currency TEXT,
    product TEXT,
    lookup_key TEXT,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX prices_by_created ON prices (account, livemode, created);
CREATE INDEX prices_by_active ON prices (account, active, created) WHERE active IS NOT NULL;
CREATE INDEX prices_by_currency ON prices (account, currency, created) WHERE currency IS NOT NULL;
CREATE INDEX prices_by_product ON prices (account, product, created) WHERE product IS NOT NULL;
CREATE INDEX prices_by_lookup_key ON prices (account, lookup_key, created) WHERE lookup_key IS NOT NULL;
CREATE UNIQUE INDEX prices_one_by_lookup_key ON prices (account, livemode, lookup_key) WHERE lookup_key IS NOT NULL;
