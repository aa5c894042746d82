SELECT c.id, c.name
FROM customers c
WHERE c.country = 'NO'
  AND EXISTS (SELECT 1 FROM visits v WHERE v.customer_id = c.id AND v.channel <> 'test')
ORDER BY c.id;
