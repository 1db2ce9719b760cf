-- One table for each kind of object (opentill.ports.store describes their shape), and the ledger.
--
-- Lists are read from (account, livemode, created, seq). Kinds that nobody lists, and every payment writes, have no
-- such index. Texts compare byte by byte (COLLATE "C"), as they do in SQLite. Bodies of more
-- than 2 KB are compressed, see the end.

-- Who everything belongs to.
CREATE TABLE accounts (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX accounts_by_created ON accounts (account, livemode, created, seq);

-- Keys by the hash of their secret; the secret itself is not kept.
CREATE TABLE api_keys (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    hash text COLLATE "C",
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX api_keys_by_created ON api_keys (account, livemode, created, seq);
CREATE UNIQUE INDEX api_keys_by_hash ON api_keys (hash) WHERE hash IS NOT NULL;

-- The wrapped keys card numbers are sealed with.
CREATE TABLE data_keys (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX data_keys_by_created ON data_keys (account, livemode, created, seq);

-- What the installation was told, and what it made up at its first start.
CREATE TABLE settings (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX settings_by_created ON settings (account, livemode, created, seq);

-- The answer each idempotency key got.
CREATE TABLE idempotency_keys (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created);

-- What happened, as the API tells it.
CREATE TABLE events (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    type text COLLATE "C",
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX events_by_created ON events (account, livemode, created, seq);
CREATE INDEX events_by_type ON events (account, type, created, seq) WHERE type IS NOT NULL;

CREATE TABLE customers (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    email text COLLATE "C",
    deleted bigint,
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX customers_by_created ON customers (account, livemode, created, seq);
CREATE INDEX customers_by_email ON customers (account, email, created, seq) WHERE email IS NOT NULL;
CREATE INDEX customers_by_deleted ON customers (account, deleted, created, seq) WHERE deleted IS NOT NULL;

-- Sealed card numbers, by token.
CREATE TABLE cards (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (account, id)
);

CREATE TABLE payment_methods (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    customer text COLLATE "C",
    type text COLLATE "C",
    allow_redisplay text COLLATE "C",
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX payment_methods_by_created ON payment_methods (account, livemode, created, seq);
CREATE INDEX payment_methods_by_customer
    ON payment_methods (account, customer, created, seq) WHERE customer IS NOT NULL;
CREATE INDEX payment_methods_by_type ON payment_methods (account, type, created, seq) WHERE type IS NOT NULL;
CREATE INDEX payment_methods_by_allow_redisplay
    ON payment_methods (account, allow_redisplay, created, seq) WHERE allow_redisplay IS NOT NULL;

CREATE TABLE payment_intents (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    customer text COLLATE "C",
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX payment_intents_by_created ON payment_intents (account, livemode, created, seq);
CREATE INDEX payment_intents_by_customer
    ON payment_intents (account, customer, created, seq) WHERE customer IS NOT NULL;

CREATE TABLE setup_intents (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    customer text COLLATE "C",
    payment_method text COLLATE "C",
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX setup_intents_by_created ON setup_intents (account, livemode, created, seq);
CREATE INDEX setup_intents_by_customer ON setup_intents (account, customer, created, seq) WHERE customer IS NOT NULL;
CREATE INDEX setup_intents_by_payment_method
    ON setup_intents (account, payment_method, created, seq) WHERE payment_method IS NOT NULL;

CREATE TABLE setup_attempts (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    setup_intent text COLLATE "C",
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX setup_attempts_by_created ON setup_attempts (account, livemode, created, seq);
CREATE INDEX setup_attempts_by_setup_intent
    ON setup_attempts (account, setup_intent, created, seq) WHERE setup_intent IS NOT NULL;

-- Messages to the acquirer: written before they are sent, settled by what became of them.
CREATE TABLE attempts (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    payment_intent text COLLATE "C",
    due bigint,
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX attempts_by_payment_intent
    ON attempts (account, payment_intent, created, seq) WHERE payment_intent IS NOT NULL;
CREATE INDEX attempts_by_due ON attempts (due) WHERE due IS NOT NULL;

CREATE TABLE charges (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    customer text COLLATE "C",
    payment_intent text COLLATE "C",
    transfer_group text COLLATE "C",
    capture_before bigint,
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX charges_by_created ON charges (account, livemode, created, seq);
CREATE INDEX charges_by_customer ON charges (account, customer, created, seq) WHERE customer IS NOT NULL;
CREATE INDEX charges_by_payment_intent
    ON charges (account, payment_intent, created, seq) WHERE payment_intent IS NOT NULL;
CREATE INDEX charges_by_transfer_group
    ON charges (account, transfer_group, created, seq) WHERE transfer_group IS NOT NULL;
CREATE INDEX charges_by_capture_before ON charges (capture_before) WHERE capture_before IS NOT NULL;

CREATE TABLE refunds (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    charge text COLLATE "C",
    payment_intent text COLLATE "C",
    due bigint,
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX refunds_by_created ON refunds (account, livemode, created, seq);
CREATE INDEX refunds_by_charge ON refunds (account, charge, created, seq) WHERE charge IS NOT NULL;
CREATE INDEX refunds_by_payment_intent
    ON refunds (account, payment_intent, created, seq) WHERE payment_intent IS NOT NULL;
CREATE INDEX refunds_by_due ON refunds (due) WHERE due IS NOT NULL;

-- Which accounts a platform may act for.
CREATE TABLE connected_accounts (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX connected_accounts_by_created ON connected_accounts (account, livemode, created, seq);

CREATE TABLE application_fees (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    charge text COLLATE "C",
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX application_fees_by_created ON application_fees (account, livemode, created, seq);
CREATE INDEX application_fees_by_charge ON application_fees (account, charge, created, seq) WHERE charge IS NOT NULL;

CREATE TABLE balance_transactions (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    source text COLLATE "C",
    type text COLLATE "C",
    currency text COLLATE "C",
    payout text COLLATE "C",
    available_on bigint,
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX balance_transactions_by_created ON balance_transactions (account, livemode, created, seq);
CREATE INDEX balance_transactions_by_source
    ON balance_transactions (account, source, created, seq) WHERE source IS NOT NULL;
CREATE INDEX balance_transactions_by_type ON balance_transactions (account, type, created, seq) WHERE type IS NOT NULL;
CREATE INDEX balance_transactions_by_currency
    ON balance_transactions (account, currency, created, seq) WHERE currency IS NOT NULL;
CREATE INDEX balance_transactions_by_payout
    ON balance_transactions (account, payout, created, seq) WHERE payout IS NOT NULL;
CREATE INDEX balance_transactions_by_available_on ON balance_transactions (available_on) WHERE available_on IS NOT NULL;

CREATE TABLE terminal_locations (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX terminal_locations_by_created ON terminal_locations (account, livemode, created, seq);

CREATE TABLE terminal_configurations (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    is_account_default bigint,
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX terminal_configurations_by_created ON terminal_configurations (account, livemode, created, seq);
CREATE INDEX terminal_configurations_by_is_account_default
    ON terminal_configurations (account, is_account_default, created, seq) WHERE is_account_default IS NOT NULL;

CREATE TABLE terminal_readers (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    location text COLLATE "C",
    device_type text COLLATE "C",
    serial_number text COLLATE "C",
    status text COLLATE "C",
    due bigint,
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX terminal_readers_by_created ON terminal_readers (account, livemode, created, seq);
CREATE INDEX terminal_readers_by_location
    ON terminal_readers (account, location, created, seq) WHERE location IS NOT NULL;
CREATE INDEX terminal_readers_by_device_type
    ON terminal_readers (account, device_type, created, seq) WHERE device_type IS NOT NULL;
CREATE INDEX terminal_readers_by_serial_number
    ON terminal_readers (account, serial_number, created, seq) WHERE serial_number IS NOT NULL;
CREATE INDEX terminal_readers_by_status ON terminal_readers (account, status, created, seq) WHERE status IS NOT NULL;
CREATE INDEX terminal_readers_by_due ON terminal_readers (due) WHERE due IS NOT NULL;

CREATE TABLE terminal_connection_tokens (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    hash text COLLATE "C",
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX terminal_connection_tokens_by_created ON terminal_connection_tokens (account, livemode, created, seq);
CREATE UNIQUE INDEX terminal_connection_tokens_by_hash ON terminal_connection_tokens (hash) WHERE hash IS NOT NULL;
CREATE INDEX terminal_connection_tokens_by_age ON terminal_connection_tokens (created);

-- The journal. Rows are added and never changed.
CREATE TABLE postings (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    entry text COLLATE "C" NOT NULL,
    ledger_account text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    amount bigint NOT NULL,
    source text COLLATE "C" NOT NULL,
    created bigint NOT NULL
);

-- The sum of an account is its totals and what is still in ledger_tail. Every posting is put into the tail as it is
-- written; folding moves rows from the tail into the totals in one transaction, so every snapshot shows each posting
-- exactly once. (A mark "folded up to this seq" would lose the postings that commit late with a lower seq, and one
-- by transaction id would not survive a dump and restore.)
CREATE TABLE ledger_tail (
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    ledger_account text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    amount bigint NOT NULL
);
CREATE INDEX ledger_tail_by_account ON ledger_tail (account, livemode);
CREATE TABLE ledger_totals (
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    ledger_account text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (account, livemode, ledger_account, currency)
);

-- Written to find out whether writing works.
CREATE TABLE probes (id integer PRIMARY KEY, count bigint NOT NULL);
INSERT INTO probes VALUES (1, 0);

-- Called at the end of a commit for each object it updates or deletes: `matched` rows were still at the version that
-- was read. Raising takes the whole commit back.
CREATE FUNCTION opentill_unchanged(matched bigint, which text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF matched <> 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'OT001', MESSAGE = which;
    END IF;
END
$$;

-- LZ4 makes a body of 3 KB a third of that for a few microseconds: less log to write and more rows in memory. A server
-- built without it keeps its own compression.
DO $$
DECLARE
    kind text;
BEGIN
    FOR kind IN SELECT table_name FROM information_schema.columns
        WHERE table_schema = current_schema() AND column_name = 'body'
    LOOP
        EXECUTE format('ALTER TABLE %I ALTER COLUMN body SET COMPRESSION lz4', kind);
    END LOOP;
EXCEPTION WHEN feature_not_supported OR syntax_error THEN
    NULL;
END
$$;
