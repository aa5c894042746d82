-- expect: silent
CREATE TABLE readings (id int PRIMARY KEY, minute int NOT NULL, at timestamp NOT NULL);
CREATE INDEX ON readings (minute);
CREATE INDEX ON readings (at);

-- query
SELECT id FROM readings WHERE minute = 5 OR minute = 1024;
