CREATE TABLE subscribers (
    id integer PRIMARY KEY,
    family_name text NOT NULL,
    given_name text NOT NULL,
    number text NOT NULL
);
CREATE INDEX subscribers_family_name ON subscribers (family_name);
