-- left then inner
-- expect: found
CREATE TABLE team (team_id int PRIMARY KEY, name text NOT NULL, lead_id int);
CREATE TABLE player (player_id int PRIMARY KEY, team_id int REFERENCES team, alias text, score int, active boolean NOT NULL);
CREATE INDEX ON player (team_id);

-- data
INSERT INTO team VALUES (1,'a',1),(2,'b',NULL),(3,'c',9);
INSERT INTO player VALUES (1,1,'x',5,true),(2,1,NULL,NULL,false),(3,NULL,'z',2,true),(4,2,'y',1,false);

-- query
SELECT p.alias, t1.name, t2.lead_id FROM player p LEFT JOIN team t1 ON t1.team_id = p.team_id JOIN team t2 ON t2.team_id = p.team_id;
