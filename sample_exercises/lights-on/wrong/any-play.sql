SELECT a.id, a.name FROM artists a WHERE EXISTS (SELECT 1 FROM plays p WHERE p.artist_id = a.id) ORDER BY a.id;
