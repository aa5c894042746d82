-- expect: silent
CREATE TABLE stays (id int PRIMARY KEY, room int NOT NULL, guest int NOT NULL);
CREATE INDEX ON stays (room, guest);
CREATE INDEX ON stays (guest);

-- query
SELECT id FROM stays WHERE guest = 5;
