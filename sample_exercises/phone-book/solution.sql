CREATE INDEX ON subscribers (family_name text_pattern_ops);
