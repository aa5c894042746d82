SELECT taken_at, occupied
FROM readings
WHERE seat_id = 717
  AND taken_at >= timestamptz '2024-04-01 00:00+00'
  AND taken_at < timestamptz '2024-08-20 00:00+00'
ORDER BY taken_at;
