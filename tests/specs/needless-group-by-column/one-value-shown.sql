-- It has to stay as long as it is shown.
-- expect: silent
CREATE TABLE deals (no int PRIMARY KEY, client int NOT NULL, stage text NOT NULL);

-- query
SELECT client, stage, count(*) AS n FROM deals WHERE stage = 'lost' GROUP BY client, stage;
