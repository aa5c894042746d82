-- expect: silent
CREATE TABLE posts (id bigint PRIMARY KEY, title text NOT NULL, body text NOT NULL, slug varchar(80) NOT NULL);
CREATE UNIQUE INDEX t1 ON posts (slug);
-- statistics
-- [tables.posts]
-- rows = 500_000
-- [tables.posts.columns.body]
-- width = 900
-- distinct = -1
-- [tables.posts.columns.slug]
-- width = 20
-- distinct = -1

-- query
SELECT 1;
