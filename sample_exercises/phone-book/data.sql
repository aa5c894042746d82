INSERT INTO subscribers (id, family_name, given_name, number)
SELECT g, CASE WHEN pg_temp.unit(g, 9) < 0.02 THEN initcap(n) ELSE n END, left(md5(g::text), 16), '+47 ' || (10000000000 + g)::text
FROM generate_series(1, pg_temp.rows('subscribers')) g,
     LATERAL (SELECT (ARRAY['han', 'hal', 'har', 'ber', 'bor', 'lin', 'lun', 'mar', 'mol', 'nor', 'nil', 'ols', 'per', 'pet', 'ras', 'ros', 'sol', 'sun', 'tor', 'ulv'])[1 + pg_temp.pick(g, 1, 20)]
                  || (ARRAY['vi', 'va', 'de', 'do', 'se', 'sa', 'te', 'ti', 'ke', 'ka', 'ma', 'me', 'ge', 'gu', 'fi'])[1 + pg_temp.pick(g, 2, 15)]
                  || (ARRAY['sen', 'son', 'berg', 'dal', 'lund', 'vik', 'mann', 'stad', 'rud', 'gard'])[1 + pg_temp.pick(g, 3, 10)] || substr(md5(pg_temp.pick(g, 4, 30)::text), 1, 1)) x(n);
