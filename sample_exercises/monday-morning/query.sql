SELECT s.height / 100 AS hundred_metres, count(*) AS stations, avg(m.millimetres)::numeric(10, 4) AS average
FROM measurements m
JOIN stations s ON s.id = m.station_id
WHERE m.taken_on = date '2025-06-30'
GROUP BY s.height / 100
ORDER BY s.height / 100;
