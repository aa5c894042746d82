-- expect: silent
CREATE TABLE loans (id int PRIMARY KEY);

-- query
DELETE FROM loans WHERE id = ANY ('{1,2,3}'::int[]);
