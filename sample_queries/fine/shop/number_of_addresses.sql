-- The outer join counts: without it customers without address would be missing, and the count would be another.
SELECT c.id, count(a.id) AS addresses
FROM customers c
LEFT JOIN addresses a ON a.customer_id = c.id
WHERE c.id = $1
GROUP BY c.id;
