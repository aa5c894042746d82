-- A report over everything: no index would spare the reading.
SELECT c.country, count(*) AS orders, sum(o.total) AS total
FROM orders o
JOIN customers c ON c.id = o.customer_id
GROUP BY c.country
ORDER BY total DESC;
