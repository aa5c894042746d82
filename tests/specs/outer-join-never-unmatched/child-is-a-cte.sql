-- child is a cte
-- expect: found
CREATE TABLE team (team_id int PRIMARY KEY, name text NOT NULL, lead_id int);
CREATE TABLE player (player_id int PRIMARY KEY, team_id int REFERENCES team, alias text, score int, active boolean NOT NULL);
CREATE INDEX ON player (team_id);
CREATE TABLE goal (goal_id int PRIMARY KEY, player_id int NOT NULL REFERENCES player, minute int NOT NULL);
CREATE INDEX ON goal (player_id);

-- data
INSERT INTO team VALUES (1,'a',1),(2,'b',NULL),(3,'c',9);
INSERT INTO player VALUES (1,1,'x',5,true),(2,1,NULL,NULL,false),(3,NULL,'z',2,true),(4,2,'y',1,false);
INSERT INTO goal VALUES (1,1,3),(2,1,80),(3,3,5);

-- query
WITH late AS (SELECT goal_id, player_id FROM goal WHERE minute > 2) SELECT l.goal_id, p.alias FROM late l LEFT JOIN player p ON p.player_id = l.player_id;
