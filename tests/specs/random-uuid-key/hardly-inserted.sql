-- expect: silent
CREATE TABLE events (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), at timestamptz NOT NULL);
-- statistics
-- [tables.events]
-- rows = 20_000_000
-- inserts = 4_000

-- query
SELECT 1;
