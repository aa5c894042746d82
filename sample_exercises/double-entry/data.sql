INSERT INTO customers (id, name, region) SELECT g, 'customer ' || g, 'region ' || (g % 200) FROM generate_series(1, pg_temp.rows('customers')) g;
INSERT INTO invoices (id, customer_id, amount, memo)
SELECT g, 1 + pg_temp.pick(g, 1, pg_temp.rows('customers') * 9 / 10), (10 * (1 + pg_temp.pick(g, 2, 90)))::integer, 'invoice ' || md5(g::text) FROM generate_series(1, pg_temp.rows('invoices')) g;
INSERT INTO payments (id, customer_id, amount, memo)
SELECT g, 1 + pg_temp.pick(g, 3, pg_temp.rows('customers') * 9 / 10), (10 * (1 + pg_temp.pick(g, 4, 90)))::integer, 'payment ' || md5(g::text) FROM generate_series(1, pg_temp.rows('payments')) g;
