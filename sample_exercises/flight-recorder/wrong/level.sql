CREATE INDEX ON log_lines USING brin (severity);
