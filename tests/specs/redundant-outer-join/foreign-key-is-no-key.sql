-- A foreign key says that there is a partner, not that there is only one.
-- expect: silent
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total int NOT NULL, email text);
CREATE TABLE part (id int PRIMARY KEY, order_id int NOT NULL REFERENCES orders);

-- data
INSERT INTO orders VALUES (10, 1, 5, 'a@x'), (11, 1, 7, 'A@X'), (12, 2, 5, NULL), (13, NULL, 9, 'c@x'), (14, 8, 1, 'b@x');
INSERT INTO part VALUES (1, 10), (2, 10), (3, 12);

-- query
SELECT o.id FROM orders o LEFT JOIN part p ON p.order_id = o.id;

-- naive
SELECT o.id FROM orders o;
