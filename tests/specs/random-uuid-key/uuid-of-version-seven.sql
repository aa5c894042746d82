-- expect: silent
CREATE TABLE events (id uuid PRIMARY KEY DEFAULT uuidv7(), at timestamptz NOT NULL);
-- statistics
-- [tables.events]
-- rows = 20_000_000
-- inserts = 9_000_000

-- query
SELECT 1;
