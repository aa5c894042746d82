CREATE TABLE accounts (
    id integer PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE events (
    id bigint PRIMARY KEY,
    account_ref text NOT NULL,
    kind text NOT NULL,
    happened_at timestamptz NOT NULL,
    payload text NOT NULL
);
CREATE INDEX events_account_ref ON events (account_ref);
