-- expect: found
CREATE TABLE calls (id int PRIMARY KEY, caller text NOT NULL, callee text NOT NULL);
CREATE INDEX ON calls (caller);
CREATE TABLE bills (call_id int NOT NULL REFERENCES calls, no text UNIQUE);

-- query
SELECT c.id, b.no FROM calls c JOIN bills b ON b.call_id = c.id WHERE c.caller = 'a' OR b.no = 'b';
