-- NULL counts as a value of the key.
-- expect: found
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total int NOT NULL, email text);
CREATE TABLE rate (region text UNIQUE NULLS NOT DISTINCT, percent int);

-- data
INSERT INTO orders VALUES (10, 1, 5, 'a@x'), (11, 1, 7, 'A@X'), (12, 2, 5, NULL), (13, NULL, 9, 'c@x'), (14, 8, 1, 'b@x');
INSERT INTO rate VALUES ('a@x', 1), (NULL, 2);

-- query
SELECT o.id FROM orders o LEFT JOIN rate r ON r.region IS NOT DISTINCT FROM o.email;
