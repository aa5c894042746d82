-- expect: silent
CREATE TABLE notes (id bigint PRIMARY KEY, code text NOT NULL, tail text COLLATE "C" NOT NULL);
CREATE INDEX ON notes (code text_pattern_ops);
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
