SELECT t.id, t.name, sum(m.points) AS points, sum(m.goals_for - m.goals_against) AS difference
FROM teams t
JOIN matches m ON m.team_id = t.id
GROUP BY t.id, t.name
ORDER BY points DESC, difference DESC, t.id;
