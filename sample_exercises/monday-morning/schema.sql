CREATE TABLE stations (
    id integer PRIMARY KEY,
    name text NOT NULL,
    height integer NOT NULL
);
CREATE TABLE measurements (
    id bigint PRIMARY KEY,
    station_id integer NOT NULL,
    taken_on date NOT NULL,
    millimetres integer NOT NULL
) WITH (autovacuum_enabled = false);
CREATE INDEX measurements_taken_on ON measurements (taken_on);
