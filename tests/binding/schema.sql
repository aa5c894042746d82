-- A schema with some of everything that names can mean.
CREATE EXTENSION IF NOT EXISTS citext;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE SCHEMA sales;
CREATE SCHEMA "Mixed Case";

CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE point3 AS (x float8, y float8, z float8);
CREATE DOMAIN email_address AS citext CHECK (VALUE ~ '@');

CREATE TABLE people (
    id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL,
    email      email_address UNIQUE,
    feels      mood DEFAULT 'ok',
    boss_id    int REFERENCES people,
    born       date,
    tags       text[] NOT NULL DEFAULT '{}',
    grid       int[][],
    place      point3,
    settings   jsonb NOT NULL DEFAULT '{}',
    salary     numeric(10, 2),
    upper_name text GENERATED ALWAYS AS (upper(name)) STORED
);
CREATE TABLE projects (
    id       int PRIMARY KEY,
    owner_id int NOT NULL REFERENCES people,
    title    varchar(80) NOT NULL,
    period   daterange,
    budget   numeric,
    started  timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE members (
    project_id int REFERENCES projects (id),
    person_id  int REFERENCES people (id),
    role       text,
    hours      int NOT NULL DEFAULT 0,
    PRIMARY KEY (project_id, person_id)
);
CREATE TABLE sales.orders (
    id        bigint PRIMARY KEY,
    person_id int,
    total     numeric NOT NULL,
    placed_at timestamptz NOT NULL,
    status    text NOT NULL
);
CREATE TABLE sales.lines (
    order_id bigint REFERENCES sales.orders,
    number   int,
    sku      text NOT NULL,
    quantity int NOT NULL,
    PRIMARY KEY (order_id, number)
);
CREATE TABLE "Mixed Case"."Camel Table" (
    "Id"        int PRIMARY KEY,
    "firstName" text,
    "select"    text,
    lower_one   int
);
CREATE TABLE events (
    id      bigint,
    at      timestamptz NOT NULL,
    kind    text,
    payload json
) PARTITION BY RANGE (at);
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE TABLE animals (id int, name text);
CREATE TABLE cats (indoor boolean) INHERITS (animals);

CREATE VIEW busy_people AS
    SELECT p.id, p.name, count(*) AS projects, sum(m.hours) AS hours
    FROM people p JOIN members m ON m.person_id = p.id GROUP BY p.id;
CREATE VIEW everybody (person, called) AS SELECT id, name FROM people;
CREATE MATERIALIZED VIEW order_totals AS
    SELECT person_id, sum(total) AS total, max(placed_at) AS last_order FROM sales.orders GROUP BY person_id;
CREATE FUNCTION people_of(project int) RETURNS SETOF people LANGUAGE sql STABLE AS
    'SELECT p.* FROM people p JOIN members m ON m.person_id = p.id WHERE m.project_id = project';
CREATE FUNCTION pairs(up_to int) RETURNS TABLE (a int, b text) LANGUAGE sql IMMUTABLE AS
    'SELECT g, g::text FROM generate_series(1, up_to) g';
CREATE FUNCTION both_ends(d daterange, OUT first date, OUT last date) LANGUAGE sql IMMUTABLE AS
    'SELECT lower(d), upper(d)';
CREATE FUNCTION full_label(p people) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT p.name';
CREATE FUNCTION numbers() RETURNS SETOF int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
