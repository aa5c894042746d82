-- The calibration that was valid on a day.
SELECT offset_k
FROM calibrations
WHERE device_id = $1
  AND done_on <= $2
ORDER BY done_on DESC
LIMIT 1;
