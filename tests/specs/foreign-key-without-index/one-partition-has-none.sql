-- expect: found
CREATE TABLE courses (id int PRIMARY KEY, title text NOT NULL);
CREATE TABLE log (course_id int NOT NULL REFERENCES courses, on_day date NOT NULL) PARTITION BY RANGE (on_day);
CREATE TABLE log_2024 PARTITION OF log FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE log_2025 PARTITION OF log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX ON log_2024 (course_id);

-- statistics
-- [tables.log]
-- rows = 800_000

-- query
SELECT 1;
