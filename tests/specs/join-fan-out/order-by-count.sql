-- order by count
-- expect: silent
CREATE TABLE team (team_id int PRIMARY KEY, name text NOT NULL, lead_id int);
CREATE TABLE player (player_id int PRIMARY KEY, team_id int REFERENCES team, alias text, score int, active boolean NOT NULL);
CREATE INDEX ON player (team_id);

-- data
INSERT INTO team VALUES (1,'a',1),(2,'b',NULL),(3,'c',9);
INSERT INTO player VALUES (1,1,'x',5,true),(2,1,NULL,NULL,false),(3,NULL,'z',2,true),(4,2,'y',1,false);

-- query
SELECT t.team_id, t.name FROM team t JOIN player p ON p.team_id = t.team_id GROUP BY t.team_id ORDER BY count(*) DESC LIMIT 1;

-- naive
SELECT t.team_id, t.name FROM team t WHERE EXISTS (SELECT 1 FROM player p WHERE p.team_id = t.team_id) ORDER BY t.team_id DESC LIMIT 1;
