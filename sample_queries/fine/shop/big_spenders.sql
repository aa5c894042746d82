-- HAVING over an aggregate belongs where it is.
SELECT customer_id, sum(total) AS total
FROM orders
GROUP BY customer_id
HAVING sum(total) > 10000
ORDER BY total DESC
LIMIT 100;
