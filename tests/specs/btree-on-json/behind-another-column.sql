-- expect: found
CREATE TABLE crawl (id bigint PRIMARY KEY, host text NOT NULL, headers jsonb NOT NULL);
CREATE INDEX t1 ON crawl (host, headers);

-- query
SELECT 1;
