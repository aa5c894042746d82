UPDATE tickets
SET status = 'closed', closed_at = now()
WHERE id = $1
  AND tenant_id = $2;
