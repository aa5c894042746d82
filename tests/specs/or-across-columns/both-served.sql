-- BitmapOr
-- expect: silent
CREATE TABLE calls (id int PRIMARY KEY, caller text NOT NULL, callee text NOT NULL);
CREATE INDEX ON calls (caller);
CREATE INDEX ON calls (callee);

-- query
SELECT id FROM calls WHERE caller = 'a' OR callee = 'a';
