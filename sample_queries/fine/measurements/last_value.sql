SELECT measured_at, temperature
FROM measurements
WHERE device_id = $1
ORDER BY measured_at DESC
LIMIT 1;
