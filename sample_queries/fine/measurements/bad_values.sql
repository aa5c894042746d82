-- The rare values have their index.
SELECT device_id, count(*) AS bad
FROM measurements
WHERE quality = 'bad'
GROUP BY device_id
ORDER BY bad DESC
LIMIT 10;
