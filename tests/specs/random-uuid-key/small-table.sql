-- expect: silent
CREATE TABLE events (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), at timestamptz NOT NULL);
-- statistics
-- [tables.events]
-- rows = 40_000
-- inserts = 40_000

-- query
SELECT 1;
