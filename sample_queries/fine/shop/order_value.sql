-- The items of one order, along the first column of their primary key.
SELECT sum(quantity * price) AS value, count(*) AS positions
FROM order_items
WHERE order_id = $1;
