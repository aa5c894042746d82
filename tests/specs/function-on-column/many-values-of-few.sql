-- nine of some two hundred values are on most of the pages
-- expect: silent
CREATE TABLE people (id bigint PRIMARY KEY, phone text NOT NULL, name text NOT NULL);
-- statistics
-- [tables.people]
-- rows = 500_000

-- query
SELECT id, name FROM people WHERE left(phone, 2) IN ('13', '31', '23', '29', '30', '18', '17', '14', '15');
