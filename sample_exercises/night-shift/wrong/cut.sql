CREATE INDEX ON tickets (tenant_id, created_at DESC, id DESC) WHERE status = 'open';
SELECT id, subject, created_at FROM tickets WHERE tenant_id = 42 AND status = 'open' ORDER BY id LIMIT 20;
