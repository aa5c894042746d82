-- expect: silent
CREATE TABLE recipes (id int PRIMARY KEY, title varchar(120) NOT NULL);
CREATE INDEX ON recipes (title varchar_pattern_ops);
-- statistics
-- [tables.recipes]
-- rows = 300_000
-- [tables.recipes.columns.title]
-- distinct = -1
-- width = 48

-- query
SELECT id FROM recipes WHERE title LIKE 'Soup%';
