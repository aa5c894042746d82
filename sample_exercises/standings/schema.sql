CREATE TABLE teams (
    id integer PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE matches (
    id bigint PRIMARY KEY,
    team_id integer NOT NULL REFERENCES teams (id),
    points integer NOT NULL,
    goals_for integer NOT NULL,
    goals_against integer NOT NULL,
    report text NOT NULL
);
