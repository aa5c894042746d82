SELECT p.id, p.price FROM products p
WHERE EXISTS (SELECT 1 FROM jsonb_each(p.properties) x JOIN jsonb_each($1::jsonb) s ON s.value = x.value) ORDER BY p.price, p.id;
