-- One device, half a day: the primary key of one partition.
SELECT measured_at, temperature
FROM measurements
WHERE device_id = $1
  AND measured_at >= '2026-10-05 00:00:00+00'
  AND measured_at < '2026-10-05 12:00:00+00'
ORDER BY measured_at;
