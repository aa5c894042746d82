-- One order with its items, along primary keys.
SELECT o.id, o.status, p.title, i.quantity, i.price
FROM orders o
JOIN order_items i ON i.order_id = o.id
JOIN products p ON p.id = i.product_id
WHERE o.id = $1
ORDER BY p.title;
