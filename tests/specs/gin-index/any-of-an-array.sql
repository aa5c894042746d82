-- expect: found
CREATE TABLE recipes (id int PRIMARY KEY, title text NOT NULL, ingredients text[]);
-- statistics
-- [tables.recipes]
-- rows = 300_000
-- [tables.recipes.columns.ingredients]
-- distinct = -1
-- width = 60

-- data
INSERT INTO recipes VALUES (1, 'a', '{salt,egg}'), (2, 'b', '{egg}'), (3, 'c', NULL), (4, 'd', '{}'), (5, 'e', '{NULL,egg}'), (6, 'f', '{NULL,salt}');

-- query
SELECT id FROM recipes WHERE 'salt' = ANY (ingredients);

-- naive
SELECT id FROM recipes WHERE ingredients <@ ARRAY['salt'];
