-- expect: found
CREATE TABLE deals (no int PRIMARY KEY, client int NOT NULL, stage text NOT NULL);

-- query
SELECT client, count(*) AS n FROM deals WHERE stage = 'lost' GROUP BY client, stage;

-- data
INSERT INTO deals VALUES (1, 1, 'lost'), (2, 1, 'won'), (3, 2, 'lost');

-- naive
SELECT client, count(*) AS n FROM deals GROUP BY client;
