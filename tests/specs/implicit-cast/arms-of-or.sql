-- expect: found
CREATE TABLE readings (id int PRIMARY KEY, minute int NOT NULL, at timestamp NOT NULL);
CREATE INDEX ON readings (minute);
CREATE INDEX ON readings (at);

-- query
SELECT id FROM readings WHERE minute = 5.0 OR minute = 1024.0;

-- data
INSERT INTO readings VALUES (1, 4, '2024-02-01'), (2, 5, '2024-02-02'), (3, 6, '2024-02-02 12:00'), (4, 1024, '2024-02-03'), (5, 1025, '2024-03-01');

-- naive
SELECT id FROM readings WHERE minute = 5;
