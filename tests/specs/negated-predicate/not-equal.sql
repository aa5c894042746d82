-- expect: found
CREATE TABLE tasks (id int PRIMARY KEY, status text NOT NULL, worker int NOT NULL);
CREATE INDEX ON tasks (status);

-- statistics
-- [tables.tasks]
-- rows = 100_000
-- [tables.tasks.columns.status]
-- values = { done = 0.999 }
-- distinct = 3

-- query
SELECT worker FROM tasks WHERE status <> 'done';
