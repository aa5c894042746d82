-- expect: silent
CREATE DOMAIN address AS varchar(80);
CREATE TABLE members (id int PRIMARY KEY, email address NOT NULL);
CREATE INDEX ON members USING btree (lower((email)::text));
-- statistics
-- [tables.members]
-- rows = 900_000
-- [tables.members.columns.email]
-- distinct = -1

-- query
SELECT id FROM members WHERE lower(email) = 'a@example.org';
