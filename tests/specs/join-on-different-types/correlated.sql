-- expect: found
CREATE TABLE supplier (id int PRIMARY KEY, code varchar(6) UNIQUE);
CREATE TABLE quote (id int PRIMARY KEY, supplier_no numeric NOT NULL, supplier_code char(6) NOT NULL, big bigint NOT NULL);

-- query
SELECT q.id FROM quote q WHERE q.id = 5 AND EXISTS (SELECT 1 FROM supplier s WHERE s.id = q.supplier_no);
