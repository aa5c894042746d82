SELECT sold_on, sum(amount) AS total
FROM sales
WHERE shop_id = 17
GROUP BY sold_on
ORDER BY sold_on;
