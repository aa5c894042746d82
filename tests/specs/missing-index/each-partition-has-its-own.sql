-- expect: silent
CREATE TABLE clicks (id bigint NOT NULL, campaign int NOT NULL, on_day date NOT NULL) PARTITION BY RANGE (on_day);
CREATE TABLE clicks_2024 PARTITION OF clicks FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE clicks_2025 PARTITION OF clicks FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX ON clicks_2024 (campaign);
CREATE INDEX ON clicks_2025 (campaign, on_day);
-- statistics
-- [tables.clicks]
-- rows = 900_000
-- [tables.clicks.columns.campaign]
-- distinct = 30_000

-- query
SELECT id FROM clicks WHERE campaign = 7;
