-- expect: silent
CREATE TABLE settings (id int PRIMARY KEY, closed boolean NOT NULL);
CREATE TABLE branches (id int PRIMARY KEY, open boolean NOT NULL);
-- statistics
-- [tables.settings]
-- rows = 1

-- query
UPDATE settings SET closed = true WHERE NOT EXISTS (SELECT 1 FROM branches b WHERE b.open);
