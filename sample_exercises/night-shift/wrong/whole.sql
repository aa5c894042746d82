CREATE INDEX ON tickets (tenant_id, status, created_at DESC, id DESC);
