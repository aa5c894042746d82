-- How often a product was sold: nothing leads from a product to its items.
SELECT sum(quantity) AS sold
FROM order_items
WHERE product_id = $1;
