-- nullable key or else
-- expect: silent
CREATE SCHEMA transit;
CREATE TABLE transit.depot (depot_id int GENERATED ALWAYS AS IDENTITY, city text, cap int, CONSTRAINT depot_pk PRIMARY KEY (depot_id));
CREATE TABLE transit.line (region int NOT NULL, line_no int NOT NULL, label text, CONSTRAINT line_pk PRIMARY KEY (region, line_no));
CREATE TABLE transit.bus (bus_id int PRIMARY KEY, depot_id int NOT NULL, spare_depot_id int, region int NOT NULL, line_no int, seats int, plate text UNIQUE);
ALTER TABLE ONLY transit.bus ADD CONSTRAINT bus_depot_fk FOREIGN KEY (depot_id) REFERENCES transit.depot (depot_id) ON UPDATE CASCADE;
ALTER TABLE ONLY transit.bus ADD CONSTRAINT bus_spare_fk FOREIGN KEY (spare_depot_id) REFERENCES transit.depot (depot_id) ON DELETE SET NULL;
ALTER TABLE ONLY transit.bus ADD CONSTRAINT bus_line_fk FOREIGN KEY (region, line_no) REFERENCES transit.line;
CREATE INDEX ON transit.bus (depot_id);
CREATE INDEX ON transit.bus (spare_depot_id);
CREATE INDEX ON transit.bus (region, line_no);

-- data
INSERT INTO transit.depot OVERRIDING SYSTEM VALUE VALUES (1,'x',5),(2,NULL,9),(3,'z',NULL);
INSERT INTO transit.line VALUES (1,1,'a'),(1,2,NULL);
INSERT INTO transit.bus VALUES (1,1,2,1,1,40,'p'),(2,2,NULL,1,NULL,50,NULL),(3,1,1,1,2,NULL,NULL),(4,3,2,7,NULL,1,'q');

-- query
SELECT b.plate, d.city FROM transit.bus b LEFT JOIN transit.depot d ON d.depot_id = b.spare_depot_id WHERE b.spare_depot_id = 2 OR b.seats > 45;

-- naive
SELECT b.plate, d.city FROM transit.bus b JOIN transit.depot d ON d.depot_id = b.spare_depot_id WHERE b.spare_depot_id = 2 OR b.seats > 45;
