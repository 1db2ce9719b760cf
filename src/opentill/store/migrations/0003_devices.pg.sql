-- Readers with a device: the devices that introduced themselves, by what is printed on them and by the code they show.
CREATE TABLE devices (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    account text COLLATE "C" NOT NULL,
    livemode boolean NOT NULL,
    id text COLLATE "C" NOT NULL,
    created bigint NOT NULL,
    version bigint NOT NULL,
    serial_number text COLLATE "C",
    code text COLLATE "C",
    hidden bytea,
    body bytea NOT NULL,
    PRIMARY KEY (id, account)
);
CREATE INDEX devices_by_created ON devices (account, livemode, created, seq);
CREATE UNIQUE INDEX devices_by_serial_number ON devices (serial_number) WHERE serial_number IS NOT NULL;
CREATE UNIQUE INDEX devices_by_code ON devices (code) WHERE code IS NOT NULL;

-- When a reader that is online has been silent for too long. The readers there were have no devices, and never are.
ALTER TABLE terminal_readers ADD COLUMN silent_on bigint;
CREATE INDEX terminal_readers_by_silent_on ON terminal_readers (silent_on) WHERE silent_on IS NOT NULL;

-- Where a configuration holds. (JSON can say U+0000, and jsonb cannot.)
ALTER TABLE terminal_locations ADD COLUMN configuration text COLLATE "C";
UPDATE terminal_locations
    SET configuration = replace(convert_from(body, 'UTF8'), '\u0000', '\ufffd')::jsonb ->> 'configuration_overrides';
CREATE INDEX terminal_locations_by_configuration
    ON terminal_locations (account, configuration, created, seq) WHERE configuration IS NOT NULL;
