INSERT INTO accounts (id, email) SELECT g, 'user' || g || '@example.org' FROM generate_series(1, pg_temp.rows('accounts')) g;
INSERT INTO invoices (id, account_id, total) SELECT g, 1 + pg_temp.pick(g, 1, pg_temp.rows('accounts')), pg_temp.pick(g, 2, 900)::integer FROM generate_series(1, pg_temp.rows('invoices')) g;
INSERT INTO devices (id, account_id, model) SELECT g, 1 + pg_temp.pick(g, 3, pg_temp.rows('accounts')), 'model ' || pg_temp.pick(g, 4, 50) FROM generate_series(1, pg_temp.rows('devices')) g;
INSERT INTO logins (id, account_id, logged_in_at, agent)
SELECT g, 1 + pg_temp.pick(g, 5, pg_temp.rows('accounts')), timestamptz '2025-01-01 00:00+00' + g * interval '47 seconds', md5(g::text) FROM generate_series(1, pg_temp.rows('logins')) g;
