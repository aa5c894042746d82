CREATE INDEX ON documents (tenant_id, updated_at DESC, id DESC);
