CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE TABLE articles (
    id integer PRIMARY KEY,
    found_on date NOT NULL,
    description text NOT NULL
);
