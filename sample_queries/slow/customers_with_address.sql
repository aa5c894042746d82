-- Names of all customers, each once; the copies that the join makes are removed again.
SELECT DISTINCT c.id, c.name
FROM customers c
LEFT JOIN addresses a ON a.customer_id = c.id;
