-- NOT EXISTS copes with NULLs; the report reads all customers.
SELECT c.id, c.email
FROM customers c
WHERE NOT EXISTS (SELECT 1 FROM addresses a WHERE a.customer_id = c.id)
ORDER BY c.id;
