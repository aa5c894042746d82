-- expect: silent
CREATE TABLE courses (id int PRIMARY KEY, title text NOT NULL);
CREATE TABLE enrolments (id bigint PRIMARY KEY, course_id int NOT NULL REFERENCES courses, at date NOT NULL, dropped boolean NOT NULL);
CREATE INDEX ON enrolments (course_id, at);
-- statistics
-- [tables.enrolments]
-- rows = 800_000

-- query
SELECT 1;
