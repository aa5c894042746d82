SELECT sum(CASE direction WHEN 'in' THEN quantity ELSE -quantity END) FROM stock_moves WHERE warehouse_id = 12 AND item_id = 2718;
