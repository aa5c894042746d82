-- Whether there is an order: EXISTS stops at the first.
SELECT EXISTS (SELECT 1 FROM orders WHERE customer_id = $1) AS has_ordered;
