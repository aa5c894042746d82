-- By the key, and only the customer's own.
DELETE FROM addresses WHERE id = $1 AND customer_id = $2;
