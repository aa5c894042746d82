SELECT a.id, a.published_at, a.headline, a.teaser
FROM (SELECT id FROM articles ORDER BY published_at DESC, id DESC OFFSET 90000 LIMIT 20) page
JOIN articles a ON a.id = page.id
ORDER BY a.published_at DESC, a.id DESC;
