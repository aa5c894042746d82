-- Two arms that cannot overlap need no duplicate removal.
(SELECT 'first' AS kind, id, ordered_at FROM orders WHERE customer_id = $1 ORDER BY ordered_at LIMIT 1)
UNION ALL
(SELECT 'last', id, ordered_at FROM orders WHERE customer_id = $1 ORDER BY ordered_at DESC LIMIT 1);
