-- expect: silent
CREATE TABLE events (id bigint PRIMARY KEY, token uuid NOT NULL DEFAULT gen_random_uuid());
-- statistics
-- [tables.events]
-- rows = 20_000_000
-- inserts = 9_000_000

-- query
SELECT 1;
