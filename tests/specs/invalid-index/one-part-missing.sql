-- expect: found
CREATE TABLE readings (sensor_id int NOT NULL, at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE readings_2025 PARTITION OF readings FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE readings_2026 PARTITION OF readings FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX readings_sensor ON ONLY readings (sensor_id);
CREATE INDEX readings_2025_sensor ON readings_2025 (sensor_id);
ALTER INDEX readings_sensor ATTACH PARTITION readings_2025_sensor;

-- query
SELECT 1;
