-- expect: silent
CREATE TABLE tasks (id int PRIMARY KEY, status text NOT NULL, worker int NOT NULL);
CREATE INDEX ON tasks (status);

-- query
SELECT worker FROM tasks WHERE status <> 'done';
