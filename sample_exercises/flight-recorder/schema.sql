CREATE TABLE log_lines (
    id bigint PRIMARY KEY,
    logged_at timestamptz NOT NULL,
    severity integer NOT NULL,
    message text NOT NULL
);
