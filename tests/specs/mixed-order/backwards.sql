-- expect: silent
CREATE TABLE posts (id int PRIMARY KEY, board int NOT NULL, posted timestamp NOT NULL, seen timestamp);
CREATE INDEX ON posts (board, posted);
CREATE INDEX ON posts (seen);

-- query
SELECT id FROM posts ORDER BY board DESC, posted DESC LIMIT 10;
