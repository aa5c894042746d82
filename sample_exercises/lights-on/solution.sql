SELECT a.id, a.name
FROM artists a
WHERE EXISTS (SELECT 1 FROM plays p WHERE p.artist_id = a.id AND p.seconds > 30)
ORDER BY a.id;
