SELECT id, state, run_at
FROM jobs
WHERE tenant_id = $1
  AND id < $2
ORDER BY id DESC
LIMIT 100;
