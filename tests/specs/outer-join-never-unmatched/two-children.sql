-- The columns come from two tables.
-- expect: silent
CREATE TABLE account (tenant int, no int, name text NOT NULL, PRIMARY KEY (tenant, no));
CREATE TABLE entry (id int PRIMARY KEY, tenant int NOT NULL, no int NOT NULL, FOREIGN KEY (tenant, no) REFERENCES account);

-- data
INSERT INTO account VALUES (1, 1, 'a'), (2, 5, 'c');
INSERT INTO entry VALUES (1, 1, 1), (2, 2, 5);

-- query
SELECT e.id, f.id AS other, a.name FROM entry e JOIN entry f ON f.id > e.id LEFT JOIN account a ON a.tenant = e.tenant AND a.no = f.no;

-- naive
SELECT e.id, f.id AS other, a.name FROM entry e JOIN entry f ON f.id > e.id JOIN account a ON a.tenant = e.tenant AND a.no = f.no;
