INSERT INTO articles (id, found_on, description)
SELECT g, date '2023-01-01' + (g * 1000 / pg_temp.rows('articles'))::integer,
       (SELECT string_agg((ARRAY['blue', 'black', 'small', 'worn', 'leather', 'umbrella', 'glove', 'scarf', 'bag', 'with', 'handle', 'silver', 'key', 'ring', 'book', 'ticket', 'holder', 'phone', 'case', 'winter', 'coat', 'left', 'shoe', 'child', 'wooden', 'folding', 'striped', 'hat'])[1 + pg_temp.pick(g * 40 + w, 1, 28)], ' ')
        FROM generate_series(1, 22) w)
       || CASE pg_temp.pick(g, 2, 4000) WHEN 0 THEN ' lantern' WHEN 1 THEN ' paperlantern' WHEN 2 THEN ' Lanterns' ELSE '' END
FROM generate_series(1, pg_temp.rows('articles')) g;
