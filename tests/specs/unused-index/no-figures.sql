-- expect: silent
CREATE TABLE visits (id bigint PRIMARY KEY, page_id int NOT NULL, referrer text NOT NULL, at timestamptz NOT NULL);
CREATE INDEX visits_referrer ON visits (referrer);

-- query
SELECT 1;
