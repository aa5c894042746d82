INSERT INTO products (id, price, properties)
SELECT g, 1 + pg_temp.pick(g, 1, 900),
       jsonb_build_object('colour', (ARRAY['teal', 'ochre', 'umber', 'ivory', 'coral', 'slate', 'olive', 'azure', 'amber', 'plum', 'sand', 'moss', 'rust', 'snow', 'coal', 'wine', 'lime', 'rose', 'mint', 'sky'])[1 + pg_temp.pick(g, 2, 20)],
                          'finish', (ARRAY['matt', 'gloss', 'satin', 'silk', 'chalk', 'metal', 'pearl', 'raw', 'wax', 'oil', 'clear', 'stain', 'lazure', 'grain', 'stone'])[1 + pg_temp.pick(g, 3, 15)],
                          'maker', 'm' || pg_temp.pick(g, 4, 200), 'litres', (ARRAY[1, 2, 5, 10, 20])[1 + pg_temp.pick(g, 5, 5)],
                          'base', (ARRAY['teal', 'water', 'oil'])[1 + pg_temp.pick(g, 6, 3)], 'batch', 'b' || pg_temp.pick(g, 7, 20000))
FROM generate_series(1, pg_temp.rows('products')) g;
