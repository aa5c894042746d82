-- name: DayOfDevice :many
-- Partition key and primary key are both used: nothing to say.
SELECT m.measured_at, m.temperature
FROM measurements m
WHERE m.device_id = 17
  AND m.measured_at >= '2026-11-03 00:00:00+00' AND m.measured_at < '2026-11-04 00:00:00+00'
ORDER BY m.measured_at;

-- name: DoubtfulByDevice :many
-- Sums over two many sides that have nothing to do with each other.
SELECT d.id, count(m.measured_at) AS doubtful, sum(c.offset_k) AS offsets
FROM devices d
LEFT JOIN measurements m ON m.device_id = d.id AND m.quality = 'doubtful'
LEFT JOIN calibrations c ON c.device_id = d.id
GROUP BY d.id;

-- name: SerialAndSite :many
-- Nothing joins the two tables.
SELECT d.serial, s.name FROM devices d, sites s WHERE d.model = 'T-800';

-- name: LatestCalibration :many
-- The same device row is joined twice.
SELECT d.model, e.serial
FROM devices d
JOIN devices e ON e.id = d.id
WHERE e.site_code = 'HH01';
