CREATE INDEX ON claims (tag_no);
SELECT k.id, k.tag_no, k.found_on FROM found_keys k
WHERE k.building_id = 314 AND NOT EXISTS (SELECT 1 FROM claims c WHERE c.tag_no = k.tag_no) ORDER BY k.id;
