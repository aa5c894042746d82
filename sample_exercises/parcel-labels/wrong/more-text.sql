CREATE INDEX ON events (account_ref, kind);
