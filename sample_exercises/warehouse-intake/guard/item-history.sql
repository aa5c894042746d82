SELECT moved_at, quantity, direction FROM stock_moves WHERE item_id = 2718 ORDER BY moved_at;
