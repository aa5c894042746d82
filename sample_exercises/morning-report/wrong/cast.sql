SELECT id, customer, total FROM orders WHERE placed_at::date = date '2025-03-14' ORDER BY id;
