CREATE TABLE artists (
    id integer PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE plays (
    id bigint PRIMARY KEY,
    artist_id integer NOT NULL REFERENCES artists (id),
    seconds integer NOT NULL,
    listener text NOT NULL
);
CREATE INDEX plays_artist_id ON plays (artist_id);
