-- expect: silent
CREATE TABLE courses (id int PRIMARY KEY, title text NOT NULL);
CREATE TABLE enrolments (course_id int REFERENCES courses, student_id int, PRIMARY KEY (course_id, student_id));
-- statistics
-- [tables.enrolments]
-- rows = 800_000

-- query
SELECT 1;
