CREATE INDEX ON claims (tag_no);
SELECT k.id, k.tag_no, k.found_on FROM found_keys k LEFT JOIN claims c ON c.tag_no = k.tag_no
WHERE k.building_id = 314 AND c.id IS NULL ORDER BY k.id;
