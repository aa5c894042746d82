-- Half of a composite key finds several accounts.
-- expect: silent
CREATE TABLE account (tenant int, no int, name text NOT NULL, PRIMARY KEY (tenant, no));
CREATE TABLE entry (id int PRIMARY KEY, tenant int NOT NULL, no int NOT NULL, FOREIGN KEY (tenant, no) REFERENCES account);

-- data
INSERT INTO account VALUES (1, 1, 'a'), (1, 2, 'b'), (2, 1, 'c');
INSERT INTO entry VALUES (1, 1, 1), (2, 2, 1);

-- query
SELECT e.id FROM entry e JOIN account a ON a.tenant = e.tenant;

-- naive
SELECT e.id FROM entry e;
