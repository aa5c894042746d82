-- expect: silent
CREATE TABLE matches (id bigint PRIMARY KEY, season int NOT NULL, score int NOT NULL);
-- statistics
-- [tables.matches]
-- rows = 800_000
-- [tables.matches.columns.season]
-- values = { 2007 = 0.025, 2008 = 0.026, 2009 = 0.025 }
-- distinct = 40

-- query
SELECT id FROM matches WHERE season = 2007 ORDER BY score LIMIT 5;
