SELECT o.customer_id, min(o.placed_on) AS first_order, max(o.placed_on) AS last_order
FROM orders o
LEFT JOIN order_lines l ON l.order_id = o.id
WHERE o.placed_on >= date '2025-01-01'
GROUP BY o.customer_id
ORDER BY o.customer_id;
