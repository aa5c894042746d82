-- A difference of dates is a whole number of days.
-- expect: found
CREATE TABLE rentals (id int PRIMARY KEY, due date NOT NULL);
CREATE INDEX ON rentals (due);

-- query
SELECT id FROM rentals WHERE date '2024-12-30' - due < 30;

-- data
INSERT INTO rentals VALUES (1, '2024-11-29'), (2, '2024-11-30'), (3, '2024-12-01'), (4, '2025-01-01');

-- naive
SELECT id FROM rentals WHERE due < date '2024-12-30' - 30;
