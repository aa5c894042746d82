-- the application writes rising values: the rows lie in their order
-- expect: silent
CREATE FUNCTION gen_uuid() RETURNS uuid LANGUAGE sql VOLATILE AS $$ SELECT gen_random_uuid() $$;
CREATE TABLE events (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), at timestamptz NOT NULL);
-- statistics
-- [tables.events]
-- rows = 20_000_000
-- inserts = 9_000_000
-- [tables.events.columns.id]
-- correlation = 0.98

-- query
SELECT 1;
