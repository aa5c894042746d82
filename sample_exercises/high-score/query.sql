SELECT player, points, reached_at
FROM results
WHERE game_id = 7
ORDER BY points DESC, reached_at ASC, id ASC
LIMIT 10;
