-- expect: silent
CREATE TABLE stays (id int PRIMARY KEY, room int NOT NULL, guest int NOT NULL);
CREATE INDEX ON stays (room, guest);

-- query
SELECT id FROM stays WHERE room = 1 AND guest = 5;
