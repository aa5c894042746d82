INSERT INTO addresses (id, city, district, region, street)
SELECT g, 'city ' || c, 'district ' || (c * 7 % 20), 'region ' || (c * 3 % 20), 'street ' || pg_temp.pick(g, 2, 9000)
FROM generate_series(1, pg_temp.rows('addresses')) g, LATERAL (SELECT pg_temp.pick(g, 1, 20)) x(c);
INSERT INTO deliveries (id, address_id, weight, delivered_on)
SELECT g, 1 + pg_temp.pick(g, 3, pg_temp.rows('addresses')), 1 + pg_temp.pick(g, 4, 900), date '2025-01-01' + pg_temp.pick(g, 5, 300)::integer
FROM generate_series(1, pg_temp.rows('deliveries')) g;
