-- The same product again raises the quantity.
INSERT INTO order_items AS item (order_id, product_id, quantity, price)
SELECT $1, p.id, $3, p.price
FROM products p
WHERE p.sku = $2
ON CONFLICT (order_id, product_id) DO UPDATE SET quantity = item.quantity + excluded.quantity;
