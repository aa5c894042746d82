-- A few products by their unique name.
SELECT id, sku, title, price
FROM products
WHERE sku = ANY ($1)
  AND active;
