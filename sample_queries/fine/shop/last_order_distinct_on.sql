-- DISTINCT ON over the rows that the index finds.
SELECT DISTINCT ON (customer_id) customer_id, id, ordered_at
FROM orders
WHERE customer_id IN ($1, $2, $3)
ORDER BY customer_id, ordered_at DESC;
