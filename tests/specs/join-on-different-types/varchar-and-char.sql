-- expect: found
CREATE TABLE supplier (id int PRIMARY KEY, code varchar(6) UNIQUE);
CREATE TABLE quote (id int PRIMARY KEY, supplier_no numeric NOT NULL, supplier_code char(6) NOT NULL, big bigint NOT NULL);

-- query
SELECT s.id FROM quote q JOIN supplier s ON s.code = q.supplier_code WHERE q.id = 7;
