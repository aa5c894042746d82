-- expect: found
CREATE EXTENSION "uuid-ossp";
CREATE TABLE events (id uuid PRIMARY KEY DEFAULT uuid_generate_v4(), at timestamptz NOT NULL);
-- statistics
-- [tables.events]
-- rows = 20_000_000
-- inserts = 9_000_000

-- query
SELECT 1;
