SELECT c.id, c.name FROM customers c JOIN visits v ON v.customer_id = c.id
WHERE c.country = 'NO' AND v.channel <> 'test' ORDER BY c.id;
