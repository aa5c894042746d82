-- expect: silent
CREATE TABLE deals (no int PRIMARY KEY, client int NOT NULL, stage text NOT NULL);

-- query
SELECT client, count(*) AS n FROM deals WHERE stage IN ('lost', 'won') GROUP BY client, stage;
