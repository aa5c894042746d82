-- expect: found
CREATE TABLE visits (id bigint PRIMARY KEY, page_id int NOT NULL, referrer text NOT NULL, at timestamptz NOT NULL);
CREATE UNIQUE INDEX visits_once ON visits (page_id, at);
-- statistics
-- [indexes.visits_once]
-- pages = 2000
-- valid = false

-- query
SELECT 1;
