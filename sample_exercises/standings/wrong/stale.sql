CREATE MATERIALIZED VIEW standing AS
SELECT t.id, t.name, sum(m.points) AS points, sum(m.goals_for - m.goals_against) AS difference
FROM teams t JOIN matches m ON m.team_id = t.id GROUP BY t.id, t.name HAVING sum(m.points) > 0;
SELECT id, name, points, difference FROM standing ORDER BY points DESC, difference DESC, id;
