-- Hours of one device; date_trunc groups, it does not filter.
SELECT date_trunc('hour', measured_at) AS hour, avg(temperature) AS mean, count(*) AS values
FROM measurements
WHERE device_id = $1
  AND measured_at >= $2
  AND measured_at < $3
GROUP BY hour
ORDER BY hour;
