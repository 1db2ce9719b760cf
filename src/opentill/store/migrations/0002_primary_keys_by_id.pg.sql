-- Primary keys begin with the id, and no other index does: a statement that names objects by their ids can only go by
-- the primary key, whatever the planner knows, or does not know yet, of a table (store/pg_commit.py).
DO $$
DECLARE
    kind text;
BEGIN
    FOR kind IN SELECT table_name FROM information_schema.columns
        WHERE table_schema = current_schema() AND column_name = 'body'
    LOOP
        EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I, ADD PRIMARY KEY (id, account)', kind, kind || '_pkey');
    END LOOP;
END
$$;
