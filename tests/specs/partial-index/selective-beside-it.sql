-- expect: silent
CREATE TABLE docs (id bigint PRIMARY KEY, owner int NOT NULL, deleted boolean NOT NULL, at timestamptz NOT NULL, body text NOT NULL);
CREATE INDEX ON docs (owner);
-- statistics
-- [tables.docs]
-- rows = 3_000_000
-- [tables.docs.columns.deleted]
-- values = { false = 0.995, true = 0.005 }
-- [tables.docs.columns.owner]
-- distinct = 90_000
-- [tables.docs.columns.body]
-- width = 300

-- query
SELECT id FROM docs WHERE owner = 3 AND NOT deleted;
