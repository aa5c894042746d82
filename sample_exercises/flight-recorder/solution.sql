CREATE INDEX ON log_lines USING brin (logged_at);
