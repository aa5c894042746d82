CREATE INDEX ON logins (account_id);
