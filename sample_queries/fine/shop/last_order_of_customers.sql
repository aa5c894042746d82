-- The last order of each of a few customers: LATERAL with LIMIT 1 reads one index entry for each.
SELECT c.id, c.name, last.id AS order_id, last.ordered_at
FROM customers c
LEFT JOIN LATERAL (
    SELECT o.id, o.ordered_at
    FROM orders o
    WHERE o.customer_id = c.id
    ORDER BY o.ordered_at DESC
    LIMIT 1
) AS last ON true
WHERE c.id = ANY ($1::bigint[])
ORDER BY c.id;
