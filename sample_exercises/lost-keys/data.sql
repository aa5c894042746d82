INSERT INTO found_keys (id, building_id, tag_no, found_on)
SELECT g, 1 + g % 1000, CASE WHEN (g / 1000) % 8 <> 3 THEN 100000 + g END, date '2025-01-01' + pg_temp.pick(g, 2, 300)::integer
FROM generate_series(1, pg_temp.rows('found_keys')) g;
INSERT INTO claims (id, tag_no, claimed_on, claimant)
SELECT g, CASE WHEN pg_temp.unit(g, 3) >= 0.05 THEN 100000 + 1 + pg_temp.pick(g, 4, pg_temp.rows('found_keys') * 4 / 5) END, date '2025-01-01' + pg_temp.pick(g, 5, 300)::integer, md5(g::text)
FROM generate_series(1, pg_temp.rows('claims')) g;
