INSERT INTO hotels (id, name) SELECT g, 'hotel ' || g FROM generate_series(1, pg_temp.rows('hotels')) g;
INSERT INTO guests (id, email) SELECT g, 'guest' || g || '@example.org' FROM generate_series(1, pg_temp.rows('guests')) g;
INSERT INTO bookings (id, guest_id, hotel_id, arrival, nights, remark)
SELECT g, CASE WHEN pg_temp.unit(g, 1) >= 0.4 THEN 1 + pg_temp.pick(g, 2, pg_temp.rows('guests')) END,
       1 + pg_temp.pick(g, 3, pg_temp.rows('hotels')), date '2025-01-01' + pg_temp.pick(g, 4, 120)::integer,
       1 + pg_temp.pick(g, 5, 14), CASE WHEN pg_temp.unit(g, 6) < 0.5 THEN 'wish ' || md5(g::text) END
FROM generate_series(1, pg_temp.rows('bookings')) g;
