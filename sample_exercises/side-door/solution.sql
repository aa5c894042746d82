SELECT id, door, passed_at
FROM passages
WHERE badge_no = 7000123
ORDER BY passed_at DESC, id;
