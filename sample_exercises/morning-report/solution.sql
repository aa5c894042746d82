SELECT id, customer, total
FROM orders
WHERE placed_at >= timestamp '2025-03-14'
  AND placed_at < timestamp '2025-03-15'
ORDER BY id;
