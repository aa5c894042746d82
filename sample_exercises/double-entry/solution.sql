CREATE INDEX ON invoices (customer_id) INCLUDE (amount);
CREATE INDEX ON payments (customer_id) INCLUDE (amount);
SELECT c.id, c.name, i.billed, p.paid
FROM customers c
CROSS JOIN LATERAL (SELECT sum(amount) AS billed FROM invoices WHERE customer_id = c.id) i
CROSS JOIN LATERAL (SELECT sum(amount) AS paid FROM payments WHERE customer_id = c.id) p
WHERE c.region = 'region 17'
ORDER BY c.id;
