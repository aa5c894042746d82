-- expect: found
CREATE TABLE readings (id int PRIMARY KEY, minute int NOT NULL, at timestamp NOT NULL);
CREATE INDEX ON readings (minute);
CREATE INDEX ON readings (at);

-- query
WITH x AS (SELECT id, at AS moment FROM readings) SELECT id FROM x WHERE date_trunc('month', moment) = '2024-02-01';

-- data
INSERT INTO readings VALUES (1, 4, '2024-02-01'), (2, 5, '2024-02-02'), (3, 6, '2024-02-02 12:00'), (4, 1024, '2024-02-03'), (5, 1025, '2024-03-01');

-- naive
WITH x AS (SELECT id, at AS moment FROM readings) SELECT id FROM x WHERE moment = '2024-02-01';
