CREATE INDEX ON articles USING gin (description gin_trgm_ops);
