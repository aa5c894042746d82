-- attributes
-- expect: silent
CREATE TABLE part (part_id int PRIMARY KEY, code text NOT NULL UNIQUE);
CREATE TABLE part_attr (part_id int NOT NULL REFERENCES part, attr text NOT NULL, val text, PRIMARY KEY (part_id, attr));

-- query
SELECT p.code, c.val AS colour, w.val AS weight FROM part p LEFT JOIN part_attr c ON c.part_id = p.part_id AND c.attr = 'colour' LEFT JOIN part_attr w ON w.part_id = p.part_id AND w.attr = 'weight';
