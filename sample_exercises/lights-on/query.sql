SELECT a.id, a.name
FROM artists a
WHERE (SELECT count(*) FROM plays p WHERE p.artist_id = a.id AND p.seconds > 30) > 0
ORDER BY a.id;
