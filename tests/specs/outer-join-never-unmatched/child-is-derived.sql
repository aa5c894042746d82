-- child is derived
-- expect: found
CREATE TABLE team (team_id int PRIMARY KEY, name text NOT NULL, lead_id int);
CREATE TABLE player (player_id int PRIMARY KEY, team_id int REFERENCES team, alias text, score int, active boolean NOT NULL);
CREATE INDEX ON player (team_id);
CREATE TABLE goal (goal_id int PRIMARY KEY, player_id int NOT NULL REFERENCES player, minute int NOT NULL);
CREATE INDEX ON goal (player_id);

-- data
INSERT INTO player VALUES (1,NULL,'x',5,true);
INSERT INTO goal VALUES (1,1,3);

-- query
SELECT x.goal_id, p.alias FROM (SELECT goal_id, player_id AS pid FROM goal ORDER BY minute LIMIT 5) x LEFT JOIN player p ON p.player_id = x.pid;
