-- The next page of a customer's orders: the last row of the page before is the start, not a number of rows to skip.
SELECT id, status, total, ordered_at
FROM orders
WHERE customer_id = $1
  AND ordered_at < $2
ORDER BY ordered_at DESC
LIMIT 20;
