-- A window over the orders of one customer.
SELECT id, ordered_at, total,
       sum(total) OVER (ORDER BY ordered_at, id) AS running_total
FROM orders
WHERE customer_id = $1
ORDER BY ordered_at, id;
