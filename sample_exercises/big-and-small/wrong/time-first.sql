CREATE INDEX ON documents (updated_at DESC, tenant_id);
DROP INDEX documents_tenant_id;
