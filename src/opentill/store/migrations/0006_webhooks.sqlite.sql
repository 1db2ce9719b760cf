-- Who is told of events, and what is on its way to them.
CREATE TABLE webhook_endpoints (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    status TEXT,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX webhook_endpoints_by_created ON webhook_endpoints (account, livemode, created);
CREATE INDEX webhook_endpoints_by_status ON webhook_endpoints (account, status, created) WHERE status IS NOT NULL;

CREATE TABLE webhook_deliveries (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    endpoint TEXT,
    event TEXT,
    due INTEGER,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX webhook_deliveries_by_created ON webhook_deliveries (account, livemode, created);
CREATE INDEX webhook_deliveries_by_age ON webhook_deliveries (created);
CREATE INDEX webhook_deliveries_by_endpoint ON webhook_deliveries (account, endpoint, created) WHERE endpoint IS NOT NULL;
CREATE INDEX webhook_deliveries_by_event ON webhook_deliveries (account, event, created) WHERE event IS NOT NULL;
CREATE INDEX webhook_deliveries_by_due ON webhook_deliveries (endpoint, due) WHERE due IS NOT NULL;

-- Events that somebody has not acknowledged. Nobody was to be told of those there are.
ALTER TABLE events ADD COLUMN undelivered INTEGER;
CREATE INDEX events_by_undelivered ON events (account, undelivered, created) WHERE undelivered IS NOT NULL;
