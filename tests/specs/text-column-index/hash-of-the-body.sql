-- expect: silent
CREATE TABLE posts (id bigint PRIMARY KEY, title text NOT NULL, body text NOT NULL, slug varchar(80) NOT NULL);
CREATE INDEX t1 ON posts USING hash (body);
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
SELECT id FROM posts WHERE body = $1;
