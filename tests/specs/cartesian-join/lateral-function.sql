-- A function reads the first.
-- expect: silent
CREATE TABLE basket (id int PRIMARY KEY, items int[] NOT NULL);

-- data
INSERT INTO basket VALUES (1, '{1,2}'), (2, '{3}');

-- query
SELECT b.id, i.item FROM basket b, unnest(b.items) AS i(item);

-- naive
SELECT b.id, i.item FROM basket b CROSS JOIN (SELECT unnest(items) AS item FROM basket) i;
