INSERT INTO measurements (device_id, measured_at, temperature, quality)
VALUES ($1, $2, $3, $4)
ON CONFLICT (device_id, measured_at) DO NOTHING;
