SELECT id, customer, total FROM orders WHERE placed_at BETWEEN timestamp '2025-03-14' AND timestamp '2025-03-15' ORDER BY id;
