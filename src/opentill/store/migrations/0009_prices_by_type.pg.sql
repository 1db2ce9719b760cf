-- Prices that are paid once, and prices that are paid again and again. Those that were there are paid once.
ALTER TABLE prices ADD COLUMN type text COLLATE "C";
UPDATE prices SET type = 'one_time';
CREATE INDEX prices_by_type ON prices (account, type, created, seq) WHERE type IS NOT NULL;
