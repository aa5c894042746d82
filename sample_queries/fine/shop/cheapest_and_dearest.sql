-- Two arms that cannot overlap need no duplicate removal.
(SELECT 'cheapest' AS kind, id, price FROM products WHERE active ORDER BY price, id LIMIT 5)
UNION ALL
(SELECT 'dearest', id, price FROM products WHERE active ORDER BY price DESC, id LIMIT 5);
