-- One table for each kind of object (opentill.ports.store describes their shape), and the ledger.
--
-- The body comes last, so that reading anything else never walks its overflow pages. Lists are read from
-- (account, livemode, created); SQLite puts the rowid, which seq is, at the end of every index. Kinds that nobody
-- lists, and every payment writes, have no such index.

-- Who everything belongs to.
CREATE TABLE accounts (
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
CREATE INDEX accounts_by_created ON accounts (account, livemode, created);

-- Keys by the hash of their secret; the secret itself is not kept.
CREATE TABLE api_keys (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    hash TEXT,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX api_keys_by_created ON api_keys (account, livemode, created);
CREATE UNIQUE INDEX api_keys_by_hash ON api_keys (hash) WHERE hash IS NOT NULL;

-- The wrapped keys card numbers are sealed with.
CREATE TABLE data_keys (
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
CREATE INDEX data_keys_by_created ON data_keys (account, livemode, created);

-- What the installation was told, and what it made up at its first start.
CREATE TABLE settings (
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
CREATE INDEX settings_by_created ON settings (account, livemode, created);

-- The answer each idempotency key got.
CREATE TABLE idempotency_keys (
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
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created);

-- What happened, as the API tells it.
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    type TEXT,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX events_by_created ON events (account, livemode, created);
CREATE INDEX events_by_type ON events (account, type, created) WHERE type IS NOT NULL;

CREATE TABLE customers (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    email TEXT,
    deleted INTEGER,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX customers_by_created ON customers (account, livemode, created);
CREATE INDEX customers_by_email ON customers (account, email, created) WHERE email IS NOT NULL;
CREATE INDEX customers_by_deleted ON customers (account, deleted, created) WHERE deleted IS NOT NULL;

-- Sealed card numbers, by token.
CREATE TABLE cards (
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

CREATE TABLE payment_methods (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    customer TEXT,
    type TEXT,
    allow_redisplay TEXT,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX payment_methods_by_created ON payment_methods (account, livemode, created);
CREATE INDEX payment_methods_by_customer ON payment_methods (account, customer, created) WHERE customer IS NOT NULL;
CREATE INDEX payment_methods_by_type ON payment_methods (account, type, created) WHERE type IS NOT NULL;
CREATE INDEX payment_methods_by_allow_redisplay
    ON payment_methods (account, allow_redisplay, created) WHERE allow_redisplay IS NOT NULL;

CREATE TABLE payment_intents (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    customer TEXT,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX payment_intents_by_created ON payment_intents (account, livemode, created);
CREATE INDEX payment_intents_by_customer ON payment_intents (account, customer, created) WHERE customer IS NOT NULL;

CREATE TABLE setup_intents (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    customer TEXT,
    payment_method TEXT,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX setup_intents_by_created ON setup_intents (account, livemode, created);
CREATE INDEX setup_intents_by_customer ON setup_intents (account, customer, created) WHERE customer IS NOT NULL;
CREATE INDEX setup_intents_by_payment_method
    ON setup_intents (account, payment_method, created) WHERE payment_method IS NOT NULL;

CREATE TABLE setup_attempts (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    setup_intent TEXT,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX setup_attempts_by_created ON setup_attempts (account, livemode, created);
CREATE INDEX setup_attempts_by_setup_intent
    ON setup_attempts (account, setup_intent, created) WHERE setup_intent IS NOT NULL;

-- Messages to the acquirer: written before they are sent, settled by what became of them.
CREATE TABLE attempts (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    payment_intent TEXT,
    due INTEGER,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX attempts_by_payment_intent ON attempts (account, payment_intent, created) WHERE payment_intent IS NOT NULL;
CREATE INDEX attempts_by_due ON attempts (due) WHERE due IS NOT NULL;

CREATE TABLE charges (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    customer TEXT,
    payment_intent TEXT,
    transfer_group TEXT,
    capture_before INTEGER,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX charges_by_created ON charges (account, livemode, created);
CREATE INDEX charges_by_customer ON charges (account, customer, created) WHERE customer IS NOT NULL;
CREATE INDEX charges_by_payment_intent ON charges (account, payment_intent, created) WHERE payment_intent IS NOT NULL;
CREATE INDEX charges_by_transfer_group ON charges (account, transfer_group, created) WHERE transfer_group IS NOT NULL;
CREATE INDEX charges_by_capture_before ON charges (capture_before) WHERE capture_before IS NOT NULL;

CREATE TABLE refunds (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    charge TEXT,
    payment_intent TEXT,
    due INTEGER,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX refunds_by_created ON refunds (account, livemode, created);
CREATE INDEX refunds_by_charge ON refunds (account, charge, created) WHERE charge IS NOT NULL;
CREATE INDEX refunds_by_payment_intent ON refunds (account, payment_intent, created) WHERE payment_intent IS NOT NULL;
CREATE INDEX refunds_by_due ON refunds (due) WHERE due IS NOT NULL;

-- Which accounts a platform may act for.
CREATE TABLE connected_accounts (
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
CREATE INDEX connected_accounts_by_created ON connected_accounts (account, livemode, created);

CREATE TABLE application_fees (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    charge TEXT,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX application_fees_by_created ON application_fees (account, livemode, created);
CREATE INDEX application_fees_by_charge ON application_fees (account, charge, created) WHERE charge IS NOT NULL;

CREATE TABLE balance_transactions (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    source TEXT,
    type TEXT,
    currency TEXT,
    payout TEXT,
    available_on INTEGER,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX balance_transactions_by_created ON balance_transactions (account, livemode, created);
CREATE INDEX balance_transactions_by_source ON balance_transactions (account, source, created) WHERE source IS NOT NULL;
CREATE INDEX balance_transactions_by_type ON balance_transactions (account, type, created) WHERE type IS NOT NULL;
CREATE INDEX balance_transactions_by_currency
    ON balance_transactions (account, currency, created) WHERE currency IS NOT NULL;
CREATE INDEX balance_transactions_by_payout ON balance_transactions (account, payout, created) WHERE payout IS NOT NULL;
CREATE INDEX balance_transactions_by_available_on ON balance_transactions (available_on) WHERE available_on IS NOT NULL;

CREATE TABLE terminal_locations (
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
CREATE INDEX terminal_locations_by_created ON terminal_locations (account, livemode, created);

CREATE TABLE terminal_configurations (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    is_account_default INTEGER,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX terminal_configurations_by_created ON terminal_configurations (account, livemode, created);
CREATE INDEX terminal_configurations_by_is_account_default
    ON terminal_configurations (account, is_account_default, created) WHERE is_account_default IS NOT NULL;

CREATE TABLE terminal_readers (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    location TEXT,
    device_type TEXT,
    serial_number TEXT,
    status TEXT,
    due INTEGER,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX terminal_readers_by_created ON terminal_readers (account, livemode, created);
CREATE INDEX terminal_readers_by_location ON terminal_readers (account, location, created) WHERE location IS NOT NULL;
CREATE INDEX terminal_readers_by_device_type
    ON terminal_readers (account, device_type, created) WHERE device_type IS NOT NULL;
CREATE INDEX terminal_readers_by_serial_number
    ON terminal_readers (account, serial_number, created) WHERE serial_number IS NOT NULL;
CREATE INDEX terminal_readers_by_status ON terminal_readers (account, status, created) WHERE status IS NOT NULL;
CREATE INDEX terminal_readers_by_due ON terminal_readers (due) WHERE due IS NOT NULL;

CREATE TABLE terminal_connection_tokens (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    hash TEXT,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX terminal_connection_tokens_by_created ON terminal_connection_tokens (account, livemode, created);
CREATE UNIQUE INDEX terminal_connection_tokens_by_hash ON terminal_connection_tokens (hash) WHERE hash IS NOT NULL;
CREATE INDEX terminal_connection_tokens_by_age ON terminal_connection_tokens (created);

-- The journal. Rows are added and never changed.
CREATE TABLE postings (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    entry TEXT NOT NULL,
    ledger_account TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount INTEGER NOT NULL,
    source TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;

-- The sums of the postings up to ledger_folded.seq. The sum of an account is its totals and the postings after.
CREATE TABLE ledger_totals (
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    ledger_account TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (account, livemode, ledger_account, currency)
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger_folded (seq INTEGER NOT NULL) STRICT;
INSERT INTO ledger_folded VALUES (0);

-- Written to find out whether writing works.
CREATE TABLE probes (id INTEGER PRIMARY KEY, count INTEGER NOT NULL) STRICT;
INSERT INTO probes VALUES (1, 0);
