CREATE INDEX ON accounts (id, email);
