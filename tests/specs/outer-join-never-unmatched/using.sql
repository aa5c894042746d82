-- With USING.
-- expect: found
CREATE TABLE customer (customer_id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customer);

-- data
INSERT INTO customer VALUES (1, 'Ann'), (2, 'Bob');
INSERT INTO orders VALUES (10, 1), (11, 1);

-- query
SELECT o.id, c.name FROM orders o LEFT JOIN customer c USING (customer_id);
