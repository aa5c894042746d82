-- The change from one value to the next.
SELECT measured_at,
       temperature - lag(temperature) OVER (ORDER BY measured_at) AS change
FROM measurements
WHERE device_id = $1
  AND measured_at >= $2
  AND measured_at < $3
ORDER BY measured_at;
