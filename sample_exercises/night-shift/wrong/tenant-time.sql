CREATE INDEX ON tickets (tenant_id, created_at DESC, id DESC);
