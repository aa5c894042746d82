SELECT id, customer, total
FROM orders
WHERE to_char(placed_at, 'YYYY-MM-DD') = '2025-03-14'
ORDER BY id;
