INSERT INTO articles (id, published_at, headline, teaser)
SELECT g, timestamptz '2020-01-01 00:00+00' + pg_temp.pick(g, 1, pg_temp.rows('articles') / 2) * interval '20 minutes', md5(g::text) || md5((-g)::text), repeat(md5((g * 3)::text), 12)
FROM generate_series(1, pg_temp.rows('articles')) g;
