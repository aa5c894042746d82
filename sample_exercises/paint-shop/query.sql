SELECT id, price
FROM products
WHERE properties @> $1::jsonb
ORDER BY price, id;
