-- The last orders of a customer: one index finds and sorts them.
SELECT id, status, total, ordered_at
FROM orders
WHERE customer_id = $1
ORDER BY ordered_at DESC
LIMIT 20;
