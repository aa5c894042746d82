-- One row by its key, and only from the right state.
UPDATE orders
SET status = 'shipped'
WHERE id = $1
  AND status = 'paid'
RETURNING customer_id;
