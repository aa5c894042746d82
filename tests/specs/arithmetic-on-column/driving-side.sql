-- expect: silent
CREATE TABLE log (stream int NOT NULL, seq int NOT NULL, PRIMARY KEY (stream, seq));

-- query
SELECT n.seq FROM log c JOIN log n ON n.stream = c.stream AND n.seq = c.seq + 1 WHERE c.stream = 1 AND c.seq = 2;
