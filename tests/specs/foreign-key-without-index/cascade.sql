-- expect: found
CREATE TABLE courses (id int PRIMARY KEY, title text NOT NULL);
CREATE TABLE enrolments (id bigint PRIMARY KEY, course_id int NOT NULL REFERENCES courses ON DELETE CASCADE, at date NOT NULL, dropped boolean NOT NULL);
-- statistics
-- [tables.enrolments]
-- rows = 800_000

-- query
SELECT 1;
