-- correlated to one row
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

-- query
SELECT d.city FROM transit.depot d WHERE EXISTS (SELECT 1 FROM transit.bus b, transit.bus s WHERE b.depot_id = d.depot_id AND s.spare_depot_id = d.depot_id AND s.seats > 3);
