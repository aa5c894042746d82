-- a sum of the finest rows is right
-- expect: silent
CREATE TABLE x (id int PRIMARY KEY); CREATE TABLE y (id int PRIMARY KEY, x_id int NOT NULL REFERENCES x, v int); CREATE INDEX ON y (x_id); CREATE TABLE z (id int PRIMARY KEY, y_id int NOT NULL REFERENCES y, amount int); CREATE INDEX ON z (y_id);

-- query
SELECT x.id, sum(z.amount) FROM x JOIN y ON y.x_id = x.id JOIN z ON z.y_id = y.id GROUP BY x.id;
