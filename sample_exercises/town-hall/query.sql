SELECT id, name
FROM persons
WHERE gender = 'f'
  AND town_id = 77
  AND born BETWEEN date '1960-01-01' AND date '1964-12-31'
ORDER BY id;
