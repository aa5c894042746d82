CREATE TABLE towns (
    id integer PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE persons (
    id integer PRIMARY KEY,
    name text NOT NULL,
    gender char(1) NOT NULL CHECK (gender IN ('f', 'm', 'x')),
    town_id integer NOT NULL REFERENCES towns (id),
    born date NOT NULL
);
CREATE INDEX persons_gender ON persons (gender);
