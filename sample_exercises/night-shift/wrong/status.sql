CREATE INDEX ON tickets (status);
