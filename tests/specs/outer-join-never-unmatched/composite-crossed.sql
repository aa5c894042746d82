-- The columns are compared crosswise.
-- expect: silent
CREATE TABLE account (tenant int, no int, name text NOT NULL, PRIMARY KEY (tenant, no));
CREATE TABLE entry (id int PRIMARY KEY, tenant int NOT NULL, no int NOT NULL, FOREIGN KEY (tenant, no) REFERENCES account);

-- data
INSERT INTO account VALUES (1, 1, 'a'), (1, 2, 'b');
INSERT INTO entry VALUES (1, 1, 1), (2, 1, 2);

-- query
SELECT e.id, a.name FROM entry e LEFT JOIN account a ON a.tenant = e.no AND a.no = e.tenant;

-- naive
SELECT e.id, a.name FROM entry e JOIN account a ON a.tenant = e.no AND a.no = e.tenant;
