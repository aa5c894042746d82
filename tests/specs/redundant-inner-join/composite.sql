-- A composite key, one column of which may be NULL.
-- expect: found
CREATE TABLE account (tenant int, no int, name text NOT NULL, PRIMARY KEY (tenant, no));
CREATE TABLE entry (id int PRIMARY KEY, tenant int NOT NULL, no int, FOREIGN KEY (tenant, no) REFERENCES account);

-- data
INSERT INTO account VALUES (1, 1, 'a'), (1, 2, 'b'), (2, 1, 'c');
INSERT INTO entry VALUES (1, 1, 1), (2, 2, NULL), (3, 7, NULL);

-- query
SELECT e.id FROM entry e JOIN account a ON a.tenant = e.tenant AND a.no = e.no;

-- naive
SELECT e.id FROM entry e;
