-- expect: found
CREATE TABLE events (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), at timestamptz NOT NULL);
-- statistics
-- [tables.events]
-- rows = 20_000_000
-- inserts = 9_000_000

-- query
SELECT 1;
