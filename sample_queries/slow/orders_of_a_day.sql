-- The orders of one day: the function hides the column from every index.
SELECT id, total
FROM orders
WHERE date_trunc('day', ordered_at) = timestamptz '2026-11-20 00:00+00';
