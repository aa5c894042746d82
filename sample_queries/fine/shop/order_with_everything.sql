-- A CTE that is used twice, over one order.
WITH items AS (
    SELECT i.product_id, i.quantity, i.price
    FROM order_items i
    WHERE i.order_id = $1
)
SELECT o.id, o.ordered_at,
       (SELECT sum(quantity * price) FROM items) AS value,
       (SELECT count(*) FROM items) AS positions
FROM orders o
WHERE o.id = $1;
