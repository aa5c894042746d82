-- expect: found
CREATE TABLE notes (id bigint PRIMARY KEY, code text NOT NULL, tail text COLLATE "C" NOT NULL);
-- statistics
-- [server]
-- collation = "en_US.UTF-8"
-- [tables.notes]
-- rows = 900_000
-- [tables.notes.columns.code]
-- distinct = -1
-- width = 12
-- [tables.notes.columns.tail]
-- distinct = -1
-- width = 12

-- query
SELECT id FROM notes WHERE code LIKE 'AB12%';
