-- expect: silent
CREATE TABLE recipes (id int PRIMARY KEY, title text NOT NULL, tags int[]);
-- statistics
-- [tables.recipes]
-- rows = 300_000

-- query
SELECT title FROM recipes WHERE id = ANY (ARRAY[1, 2]);
