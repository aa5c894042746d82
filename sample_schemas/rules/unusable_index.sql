CREATE TABLE people (
    id       int PRIMARY KEY,
    email    text NOT NULL,
    code     varchar(20) NOT NULL,
    tail     char(8) NOT NULL,
    city     int NOT NULL,
    street   int NOT NULL,
    state    text NOT NULL,
    seen     timestamptz NOT NULL,
    born     timestamp NOT NULL
);
CREATE INDEX people_email ON people (email);
CREATE INDEX people_code ON people (code);
CREATE INDEX people_tail ON people (tail);
CREATE INDEX people_seen ON people (seen);
CREATE INDEX people_born ON people (born);
CREATE INDEX people_state ON people (state);
CREATE INDEX people_city_street ON people (city, street);
CREATE TABLE visits (id bigint PRIMARY KEY, person_number numeric NOT NULL, email text NOT NULL);
CREATE INDEX visits_email ON visits (email);
