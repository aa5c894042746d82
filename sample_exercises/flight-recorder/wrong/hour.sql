CREATE INDEX ON log_lines (logged_at) WHERE logged_at >= '2025-06-11 15:00+00' AND logged_at < '2025-06-11 16:00+00';
