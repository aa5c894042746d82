SELECT id, customer, total FROM orders WHERE placed_at BETWEEN timestamp '2025-03-14' AND timestamp '2025-03-14 23:59:59' ORDER BY id;
