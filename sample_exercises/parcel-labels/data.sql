INSERT INTO accounts (id, name) SELECT g, 'account ' || g FROM generate_series(1, pg_temp.rows('accounts')) g;
INSERT INTO events (id, account_ref, kind, happened_at, payload)
SELECT g, CASE WHEN pg_temp.unit(g, 2) < 0.2 THEN '0' ELSE '' END || (1 + pg_temp.pick(g, 1, pg_temp.rows('accounts')))::text,
       (ARRAY['sent', 'delivered', 'returned'])[1 + pg_temp.pick(g, 3, 3)],
       timestamptz '2025-01-01 00:00+00' + g * interval '53 seconds', md5(g::text)
FROM generate_series(1, pg_temp.rows('events')) g;
