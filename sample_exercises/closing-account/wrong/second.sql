CREATE INDEX ON logins (logged_in_at, account_id);
