-- expect: found
CREATE TABLE visits (id int PRIMARY KEY, at timestamptz NOT NULL);
CREATE INDEX ON visits (at);

-- data
INSERT INTO visits VALUES (1, '2024-02-01 09:59:59+00'), (2, '2024-02-01 10:00+00'), (3, '2024-02-01 11:00+00'), (4, '2024-02-01 11:00:01+00');

-- query
SELECT id FROM visits WHERE timezone('UTC', at) BETWEEN '2024-02-01 10:00' AND '2024-02-01 11:00' AND id > 1;
