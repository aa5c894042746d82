CREATE INDEX ON articles (lower(left(description, 400)) text_pattern_ops);
