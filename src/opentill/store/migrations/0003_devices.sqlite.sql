-- Readers with a device: the devices that introduced themselves, by what is printed on them and by the code they show.
CREATE TABLE devices (
    seq INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    livemode INTEGER NOT NULL,
    id TEXT NOT NULL,
    created INTEGER NOT NULL,
    version INTEGER NOT NULL,
    serial_number TEXT,
    code TEXT,
    hidden BLOB,
    body BLOB NOT NULL,
    UNIQUE (account, id)
) STRICT;
CREATE INDEX devices_by_created ON devices (account, livemode, created);
CREATE UNIQUE INDEX devices_by_serial_number ON devices (serial_number) WHERE serial_number IS NOT NULL;
CREATE UNIQUE INDEX devices_by_code ON devices (code) WHERE code IS NOT NULL;

-- When a reader that is online has been silent for too long. The readers there were have no devices, and never are.
ALTER TABLE terminal_readers ADD COLUMN silent_on INTEGER;
CREATE INDEX terminal_readers_by_silent_on ON terminal_readers (silent_on) WHERE silent_on IS NOT NULL;

-- Where a configuration holds.
ALTER TABLE terminal_locations ADD COLUMN configuration TEXT;
UPDATE terminal_locations SET configuration = json_extract(CAST(body AS TEXT), '$.configuration_overrides');
CREATE INDEX terminal_locations_by_configuration
    ON terminal_locations (account, configuration, created) WHERE configuration IS NOT NULL;
