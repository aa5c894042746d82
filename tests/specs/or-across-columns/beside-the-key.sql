-- expect: silent
CREATE TABLE calls (id int PRIMARY KEY, caller text NOT NULL, callee text NOT NULL);
CREATE INDEX ON calls (caller);

-- query
SELECT id FROM calls WHERE id = 5 AND (caller = 'a' OR callee = 'a');
