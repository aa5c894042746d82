-- Statements that PostgreSQL rejects on schema.sql because of the name in the comment before each.
-- missing: nam
SELECT nam FROM people;
-- missing: peple
SELECT id FROM peple;
-- missing: q
SELECT q.id FROM people p;
-- missing: title
SELECT p.title FROM people p JOIN projects q ON q.owner_id = p.id;
-- missing: people
SELECT people.id FROM people p;
-- missing: orders
SELECT id FROM orders;
-- missing: ID
SELECT "ID" FROM people;
-- missing: firstname
SELECT firstName FROM "Mixed Case"."Camel Table";
-- missing: name
SELECT name FROM (SELECT id FROM people) s;
-- missing: x
SELECT x FROM (SELECT id FROM people) AS s (c);
-- missing: n
SELECT name AS n FROM people WHERE n = 'x';
-- missing: n
SELECT name AS n FROM people ORDER BY n || 'x';
-- missing: p
SELECT x.title FROM people p, (SELECT title FROM projects WHERE owner_id = p.id) x;
-- missing: born
SELECT born FROM projects;
-- missing: gone
WITH a AS (SELECT id FROM people) SELECT gone FROM a;
-- missing: b
WITH a AS (SELECT id FROM b), b AS (SELECT 1 AS id) SELECT id FROM a;
-- missing: excluded
INSERT INTO people (name) VALUES ('x') ON CONFLICT DO NOTHING RETURNING excluded.name;
-- missing: colour
INSERT INTO people (name, colour) VALUES ('x', 'red');
-- missing: colour
UPDATE people SET colour = 'red';
-- missing: colour
UPDATE people SET name = colour;
-- missing: q
DELETE FROM members WHERE q.id = 3;
-- missing: nothing
DELETE FROM members RETURNING nothing;
-- missing: hours
SELECT p.name FROM people p WHERE EXISTS (SELECT 1 FROM projects WHERE hours > 3);
-- missing: person
SELECT person FROM busy_people;
-- missing: id
SELECT id FROM everybody;
-- missing: m
SELECT p.id FROM people p JOIN projects q ON q.id = m.project_id JOIN members m ON true;
-- missing: missing_one
SELECT a.id FROM people a JOIN projects b USING (missing_one);
-- missing: id
SELECT id FROM people, projects;
-- missing: sales.nothing
SELECT 1 FROM sales.nothing;
-- missing: s
MERGE INTO members m USING projects q ON m.project_id = q.id WHEN MATCHED THEN UPDATE SET hours = s.hours;
-- missing: z
SELECT count(*) FROM people GROUP BY z;
-- missing: z
SELECT rank() OVER (ORDER BY z) FROM people;
-- missing: z
SELECT count(*) FILTER (WHERE z) FROM people;
-- missing: z
SELECT CASE WHEN z THEN 1 END FROM people;
-- missing: z
SELECT tags[z] FROM people;
-- missing: z
SELECT id FROM people UNION SELECT z FROM projects;
-- missing: z
SELECT id FROM people UNION SELECT id FROM projects ORDER BY z;
-- missing: z
SELECT id FROM people LIMIT (SELECT z FROM projects);
-- missing: z
SELECT t.z FROM people p, unnest(p.tags) AS t (tag);
-- missing: title
SELECT ctid, title FROM people;
-- missing: z
SELECT z.* FROM people p;
-- missing: z
SELECT e.z FROM events e;
-- missing: ctid
SELECT v.ctid FROM everybody v;
