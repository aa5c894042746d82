CREATE INDEX ON invoices (customer_id) INCLUDE (amount);
CREATE INDEX ON payments (customer_id) INCLUDE (amount);
SELECT c.id, c.name, sum(DISTINCT i.amount) AS billed, sum(DISTINCT p.amount) AS paid
FROM customers c LEFT JOIN invoices i ON i.customer_id = c.id LEFT JOIN payments p ON p.customer_id = c.id
WHERE c.region = 'region 17' GROUP BY c.id, c.name ORDER BY c.id;
