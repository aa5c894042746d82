CREATE INDEX ON products USING gin (properties jsonb_path_ops);
