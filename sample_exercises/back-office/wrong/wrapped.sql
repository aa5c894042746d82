SELECT x.customer_id, min(x.placed_on) AS first_order, max(x.placed_on) AS last_order
FROM (SELECT o.customer_id, o.placed_on FROM orders o LEFT JOIN order_lines l ON l.order_id = o.id WHERE o.placed_on >= date '2025-01-01') x
GROUP BY x.customer_id ORDER BY x.customer_id;
