-- numeric key is shown
-- expect: silent
CREATE TABLE vat (pct numeric PRIMARY KEY, label text); CREATE TABLE bill (id int PRIMARY KEY, pct numeric NOT NULL REFERENCES vat); CREATE INDEX ON bill (pct);

-- data
INSERT INTO vat VALUES (19.0,'a');
INSERT INTO bill VALUES (1,19.00);

-- query
SELECT b.id, v.pct FROM bill b JOIN vat v ON v.pct = b.pct;

-- naive
SELECT b.id, b.pct FROM bill b;
