-- Customers with a recent order. The join to loyalty_cards was needed once.
SELECT c.id, c.name, o.ordered_at
FROM customers c
JOIN orders o ON o.customer_id = c.id
LEFT JOIN loyalty_cards l ON l.customer_id = c.id
WHERE o.ordered_at > now() - interval '7 days';
