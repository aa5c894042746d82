-- expect: found
CREATE TABLE visits (id int PRIMARY KEY, at timestamptz NOT NULL);
CREATE INDEX ON visits (at);

-- query
SELECT id FROM visits WHERE date_trunc('day', at, 'UTC') = timestamptz '2024-02-01 00:00+00';
