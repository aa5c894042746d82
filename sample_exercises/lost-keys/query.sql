SELECT k.id, k.tag_no, k.found_on
FROM found_keys k
WHERE k.building_id = 314
  AND k.tag_no NOT IN (SELECT c.tag_no FROM claims c WHERE c.tag_no IS NOT NULL)
ORDER BY k.id;
