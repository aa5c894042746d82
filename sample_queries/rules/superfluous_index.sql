-- The common value reads the table whole, whatever the index.
SELECT id FROM orders WHERE state = 'done';

-- The moment is a range, a one value: a should come first.
SELECT id FROM orders WHERE a = 5 AND at >= '2026-01-01' AND at < '2026-02-01';

-- Moves the row in every index.
UPDATE orders SET seen = now() WHERE id = $1;
