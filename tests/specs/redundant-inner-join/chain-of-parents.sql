-- both parents of the chain go
-- expect: found
CREATE TABLE team (team_id int PRIMARY KEY, name text NOT NULL, lead_id int);
CREATE TABLE player (player_id int PRIMARY KEY, team_id int NOT NULL REFERENCES team, alias text, score int, active boolean NOT NULL);
CREATE INDEX ON player (team_id);
CREATE TABLE goal (goal_id int PRIMARY KEY, player_id int NOT NULL REFERENCES player, minute int NOT NULL);
CREATE INDEX ON goal (player_id);

-- data
INSERT INTO team VALUES (1,'a');
INSERT INTO player VALUES (1,1,'x',5,true);
INSERT INTO goal VALUES (1,1,3);

-- query
SELECT g.minute FROM goal g JOIN player p ON p.player_id = g.player_id JOIN team t ON t.team_id = p.team_id;
