-- The conditions in ON rule each other out.
-- expect: found
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total int NOT NULL, email text);
CREATE TABLE line (id int PRIMARY KEY, order_id int NOT NULL, sku text, qty int);

-- data
INSERT INTO orders VALUES (10, 1, 5, 'a@x'), (11, 1, 7, 'A@X'), (12, 2, 5, NULL), (13, NULL, 9, 'c@x'), (14, 8, 1, 'b@x');
INSERT INTO line VALUES (1, 10, 'p', 1), (2, 10, 'q', 2), (3, 11, 'p', 4), (4, 12, 'q', NULL);

-- query
SELECT o.id FROM orders o LEFT JOIN line l ON l.order_id = o.id AND l.qty > 3 AND l.qty < 2;
