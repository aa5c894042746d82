CREATE INDEX ON products USING gin (properties);
