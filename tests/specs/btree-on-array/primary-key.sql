-- expect: silent
CREATE TABLE paths (path int[] PRIMARY KEY);

-- query
SELECT 1;
