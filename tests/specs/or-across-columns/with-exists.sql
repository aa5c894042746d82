-- expect: found
CREATE TABLE tickets (no bigint PRIMARY KEY, opener int NOT NULL, assignee int, title text NOT NULL);
CREATE INDEX ON tickets (opener);
CREATE TABLE watches (ticket_no bigint NOT NULL, agent int NOT NULL, PRIMARY KEY (agent, ticket_no));
-- statistics
-- [tables.tickets]
-- rows = 90_000
-- [tables.tickets.columns.no]
-- distinct = -1
-- [tables.tickets.columns.opener]
-- distinct = 7_000
-- [tables.tickets.columns.assignee]
-- distinct = 6_000
-- [tables.watches]
-- rows = 50_000
-- [tables.watches.columns.ticket_no]
-- distinct = -1
-- [tables.watches.columns.agent]
-- distinct = 9_000

-- query
SELECT t.title FROM tickets t WHERE t.opener = 17 OR EXISTS (SELECT 1 FROM watches w WHERE w.ticket_no = t.no AND w.agent = 17);
