SELECT c.id, c.name, i.billed, p.paid
FROM customers c
LEFT JOIN (SELECT customer_id, sum(amount) AS billed FROM invoices GROUP BY customer_id) i ON i.customer_id = c.id
LEFT JOIN (SELECT customer_id, sum(amount) AS paid FROM payments GROUP BY customer_id) p ON p.customer_id = c.id
WHERE c.region = 'region 17' ORDER BY c.id;
