-- expect: found
CREATE TABLE events (id uuid DEFAULT gen_random_uuid(), part int, PRIMARY KEY (id, part));
-- statistics
-- [tables.events]
-- rows = 20_000_000
-- inserts = 9_000_000

-- query
SELECT 1;
