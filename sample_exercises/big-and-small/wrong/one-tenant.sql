CREATE INDEX ON documents (updated_at DESC) WHERE tenant_id = 2;
