-- An inequality does not fix the second column.
-- expect: silent
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, total int NOT NULL, email text);
CREATE TABLE label (key int NOT NULL, lang text NOT NULL, title text, UNIQUE (key, lang));

-- data
INSERT INTO orders VALUES (10, 1, 5, 'a@x'), (11, 1, 7, 'A@X'), (12, 2, 5, NULL), (13, NULL, 9, 'c@x'), (14, 8, 1, 'b@x');
INSERT INTO label VALUES (10, 'en', 'ten'), (10, 'de', 'zehn'), (11, 'en', 'eleven'), (12, 'de', NULL);

-- query
SELECT o.id FROM orders o LEFT JOIN label t ON t.key = o.id AND t.lang >= 'de';

-- naive
SELECT o.id FROM orders o;
