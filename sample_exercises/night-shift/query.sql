SELECT id, subject, created_at
FROM tickets
WHERE tenant_id = 42
  AND status = 'open'
ORDER BY created_at DESC, id DESC
LIMIT 20;
