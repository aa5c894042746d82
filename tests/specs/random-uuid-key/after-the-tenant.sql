-- expect: silent
CREATE TABLE events (tenant int, id uuid DEFAULT gen_random_uuid(), PRIMARY KEY (tenant, id));
-- statistics
-- [tables.events]
-- rows = 20_000_000
-- inserts = 9_000_000

-- query
SELECT 1;
