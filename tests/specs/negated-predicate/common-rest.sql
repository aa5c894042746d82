-- expect: silent
CREATE TABLE tasks (id int PRIMARY KEY, status text NOT NULL, worker int NOT NULL);
CREATE INDEX ON tasks (status);

-- statistics
-- [tables.tasks]
-- rows = 100_000
-- [tables.tasks.columns.status]
-- values = { failed = 0.01, done = 0.98 }
-- distinct = 3

-- query
SELECT worker FROM tasks WHERE status <> 'failed';
