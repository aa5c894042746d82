INSERT INTO patients (id, bed) SELECT g, 'bed ' || g FROM generate_series(1, pg_temp.rows('patients')) g;
INSERT INTO observations (id, patient_id, critical, noted_at, remark)
SELECT g, 1 + pg_temp.pick(g, 1, pg_temp.rows('patients') * 11 / 12), pg_temp.unit(g, 2) < 0.03, timestamptz '2025-01-01 00:00+00' + g * interval '3 minutes', md5(g::text) || md5((-g)::text)
FROM generate_series(1, pg_temp.rows('observations')) g;
