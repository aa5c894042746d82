-- A deferrable constraint holds at the end of each transaction; PostgreSQL does not rely on it.
-- expect: found
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total int NOT NULL, email text);
CREATE TABLE receipt (order_id int UNIQUE DEFERRABLE, paid date);

-- data
INSERT INTO orders VALUES (10, 1, 5, 'a@x'), (11, 1, 7, 'A@X'), (12, 2, 5, NULL), (13, NULL, 9, 'c@x'), (14, 8, 1, 'b@x');
INSERT INTO receipt VALUES (10, '2026-01-01'), (12, NULL);

-- query
SELECT o.id FROM orders o LEFT JOIN receipt r ON r.order_id = o.id;
