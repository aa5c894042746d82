SELECT d.id, d.model
FROM devices d
LEFT JOIN calibrations c ON c.device_id = d.id
WHERE c.id IS NULL
ORDER BY d.id;
