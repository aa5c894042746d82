-- expect: silent
CREATE TABLE places (id int PRIMARY KEY, part_of int, name text NOT NULL);
CREATE INDEX ON places (part_of);
-- statistics
-- [tables.places]
-- rows = 80_000
-- [tables.places.columns.part_of]
-- distinct = 9_000

-- query
WITH RECURSIVE below AS (
    SELECT p.id, p.name FROM places p WHERE p.id = 5
    UNION ALL
    SELECT k.id, k.name FROM below b JOIN places k ON k.part_of = b.id
)
SELECT name FROM below;
