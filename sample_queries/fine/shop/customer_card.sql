-- One row each, along keys; the card is optional and its points are shown.
SELECT c.id, c.name, coalesce(l.points, 0) AS points
FROM customers c
LEFT JOIN loyalty_cards l ON l.customer_id = c.id
WHERE c.email = $1;
