-- Who is told of events, and what is on its way to them.
CREATE TABLE webhook_endpoints (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    status text COLLATE "C",
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (id, account)
);
CREATE INDEX webhook_endpoints_by_created ON webhook_endpoints (account, livemode, created, seq);
CREATE INDEX webhook_endpoints_by_status
    ON webhook_endpoints (account, status, created, seq) WHERE status IS NOT NULL;

CREATE TABLE webhook_deliveries (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    endpoint text COLLATE "C",
    event text COLLATE "C",
    due bigint,
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (id, account)
);
CREATE INDEX webhook_deliveries_by_created ON webhook_deliveries (account, livemode, created, seq);
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (created);
CREATE INDEX webhook_deliveries_by_endpoint
    ON webhook_deliveries (account, endpoint, created, seq) WHERE endpoint IS NOT NULL;
CREATE INDEX webhook_deliveries_by_event
    ON webhook_deliveries (account, event, created, seq) WHERE event IS NOT NULL;
CREATE INDEX webhook_deliveries_by_due ON webhook_deliveries (endpoint, due, seq) WHERE due IS NOT NULL;

-- Events that somebody has not acknowledged. Nobody was to be told of those there are.
ALTER TABLE events ADD COLUMN undelivered bigint;
CREATE INDEX events_by_undelivered ON events (account, undelivered, created, seq) WHERE undelivered IS NOT NULL;
