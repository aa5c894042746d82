CREATE INDEX ON matches (team_id) INCLUDE (points, goals_for, goals_against);
