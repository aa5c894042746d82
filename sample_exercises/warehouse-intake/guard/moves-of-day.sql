SELECT id, item_id, quantity FROM stock_moves WHERE moved_at >= timestamptz '2025-03-14 00:00+00' AND moved_at < timestamptz '2025-03-15 00:00+00' ORDER BY moved_at, id;
