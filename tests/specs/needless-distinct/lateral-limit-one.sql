-- A lateral LIMIT 1 gives one row for each row of the left side, not one in all.
-- expect: silent
CREATE TABLE orders (id int PRIMARY KEY, total int NOT NULL);
CREATE TABLE line (id int PRIMARY KEY, order_id int NOT NULL);

-- data
INSERT INTO orders VALUES (1, 5), (2, 5);
INSERT INTO line VALUES (1, 1), (2, 2);

-- query
SELECT DISTINCT o.total FROM orders o JOIN LATERAL (SELECT l.order_id FROM line l WHERE l.order_id = o.id LIMIT 1) l ON l.order_id = o.id;

-- naive
SELECT o.total FROM orders o JOIN LATERAL (SELECT l.order_id FROM line l WHERE l.order_id = o.id LIMIT 1) l ON l.order_id = o.id;
