-- expect: silent
CREATE TABLE recipes (id int PRIMARY KEY, title text NOT NULL, tags int[]);
-- statistics
-- [tables.recipes]
-- rows = 300_000
-- [tables.recipes.columns.tags]
-- distinct = -1
-- width = 60

-- query
SELECT id FROM recipes WHERE 5000000000 = ANY (tags);
