SELECT id, published_at, headline, teaser FROM articles WHERE id <= (SELECT max(id) - 90000 FROM articles)
ORDER BY published_at DESC, id DESC LIMIT 20;
