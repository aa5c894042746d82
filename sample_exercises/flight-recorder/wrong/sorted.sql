CREATE INDEX ON log_lines (logged_at);
