CREATE INDEX ON articles USING gin (to_tsvector('english', description));
SELECT id, found_on, description FROM articles WHERE to_tsvector('english', description) @@ to_tsquery('english', 'lantern') ORDER BY id;
