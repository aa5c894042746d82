-- Keyset pagination backwards through the partial index.
SELECT id, email, created_at
FROM users
WHERE tenant_id = $1
  AND deleted_at IS NULL
  AND (created_at, id) < ($2, $3)
ORDER BY created_at DESC, id DESC
LIMIT 50;
