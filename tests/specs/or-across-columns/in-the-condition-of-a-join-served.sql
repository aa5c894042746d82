-- expect: silent
CREATE TABLE tickets (no bigint PRIMARY KEY, opener int NOT NULL, assignee int, title text NOT NULL);
CREATE INDEX ON tickets (opener);
CREATE INDEX ON tickets (assignee);
-- statistics
-- [tables.tickets]
-- rows = 90_000
-- [tables.tickets.columns.no]
-- distinct = -1
-- [tables.tickets.columns.opener]
-- distinct = 7_000
-- [tables.tickets.columns.assignee]
-- distinct = 6_000

-- query
SELECT b.title FROM tickets a JOIN tickets b ON b.opener = a.opener OR b.assignee = a.opener WHERE a.no = 90;
