SELECT id, published_at, headline, teaser
FROM (SELECT * FROM articles ORDER BY published_at DESC, id DESC) a
ORDER BY published_at DESC, id DESC OFFSET 90000 LIMIT 20;
