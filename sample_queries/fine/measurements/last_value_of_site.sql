-- The last value of each device of a site: one index entry for each.
SELECT d.id, d.model, m.measured_at, m.temperature
FROM devices d
CROSS JOIN LATERAL (
    SELECT measured_at, temperature
    FROM measurements
    WHERE device_id = d.id
    ORDER BY measured_at DESC
    LIMIT 1) AS m
WHERE d.site_code = $1
ORDER BY d.id;
