-- expect: found
CREATE TABLE pages (id bigint PRIMARY KEY, body text NOT NULL);

-- query
SELECT id FROM pages WHERE to_tsvector('english', body) @@ to_tsquery('english', 'slow & query');
