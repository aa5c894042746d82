-- Grouping by an expression is fine where the filter has found the rows.
SELECT date_trunc('month', ordered_at) AS month, count(*) AS orders, sum(total) AS total
FROM orders
WHERE customer_id = $1
  AND ordered_at >= $2
GROUP BY 1
ORDER BY 1;
