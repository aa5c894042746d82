-- expect: silent
CREATE TABLE people (id int PRIMARY KEY, name text COLLATE "C" NOT NULL);
-- statistics
-- [tables.people]
-- rows = 900_000
-- [tables.people.columns.name]
-- distinct = -1

-- query
SELECT id, name FROM people WHERE name LIKE 'bobb%' ORDER BY name LIMIT 10;
