-- expect: found
CREATE TABLE recipes (id int PRIMARY KEY, title text NOT NULL, tags bigint[]);
CREATE INDEX ON recipes USING gin (tags);
-- statistics
-- [tables.recipes]
-- rows = 300_000
-- [tables.recipes.columns.tags]
-- distinct = -1
-- width = 60

-- data
INSERT INTO recipes VALUES (1, 'a', '{77,1}'), (2, 'x', '{77}'), (3, 'c', NULL), (4, 'd', '{}'), (5, 'e', '{NULL,5}');

-- query
SELECT id FROM recipes r WHERE title <> 'x' AND 77 = ANY (r.tags);

-- naive
SELECT id FROM recipes r WHERE title <> 'x' AND 77 = ALL (r.tags);
