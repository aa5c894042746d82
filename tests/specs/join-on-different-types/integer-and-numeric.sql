-- expect: found
CREATE TABLE supplier (id int PRIMARY KEY, code varchar(6) UNIQUE);
CREATE TABLE quote (id int PRIMARY KEY, supplier_no numeric NOT NULL, supplier_code char(6) NOT NULL, big bigint NOT NULL);

-- query
SELECT s.code FROM quote q JOIN supplier s ON s.id = q.supplier_no WHERE q.id = 7;
