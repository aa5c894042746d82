CREATE INDEX ON readings (taken_at);
