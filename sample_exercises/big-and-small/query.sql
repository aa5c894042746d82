SELECT id, name, updated_at
FROM documents
WHERE tenant_id = $1
ORDER BY updated_at DESC, id DESC
LIMIT 20;
