CREATE TABLE results (
    id bigint PRIMARY KEY,
    game_id integer NOT NULL,
    points integer NOT NULL,
    reached_at timestamptz NOT NULL,
    player text NOT NULL
);
