INSERT INTO stations (id, name, height) SELECT g, 'station ' || g, pg_temp.pick(g, 1, 3000)::integer FROM generate_series(1, pg_temp.rows('stations')) g;
INSERT INTO measurements (id, station_id, taken_on, millimetres)
SELECT g, 1 + pg_temp.pick(g, 2, pg_temp.rows('stations')), date '2025-06-01' + (g % 29)::integer, pg_temp.pick(g, 3, 100)::integer
FROM generate_series(1, pg_temp.rows('measurements') * 5 / 6) g;
ANALYZE stations, measurements;
INSERT INTO measurements (id, station_id, taken_on, millimetres)
SELECT g, 1 + pg_temp.pick(g, 2, pg_temp.rows('stations')), date '2025-06-30', pg_temp.pick(g, 3, 100)::integer
FROM generate_series(pg_temp.rows('measurements') * 5 / 6 + 1, pg_temp.rows('measurements')) g;
