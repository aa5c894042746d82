-- one player by its key
-- expect: silent
CREATE TABLE team (team_id int PRIMARY KEY, name text NOT NULL, lead_id int);
CREATE TABLE player (player_id int PRIMARY KEY, team_id int REFERENCES team, alias text, score int, active boolean NOT NULL);
CREATE INDEX ON player (team_id);
CREATE TABLE goal (goal_id int PRIMARY KEY, player_id int NOT NULL REFERENCES player, minute int NOT NULL);
CREATE INDEX ON goal (player_id);
CREATE TABLE medal (medal_id int PRIMARY KEY, player_id int NOT NULL UNIQUE REFERENCES player, metal text NOT NULL);

-- query
SELECT g.minute, p.alias FROM goal g, player p WHERE p.player_id = (SELECT max(m.player_id) FROM medal m);
