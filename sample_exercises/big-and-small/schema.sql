CREATE TABLE documents (
    id bigint PRIMARY KEY,
    tenant_id integer NOT NULL,
    updated_at timestamptz NOT NULL,
    name text NOT NULL
);
CREATE INDEX documents_tenant_id ON documents (tenant_id);
CREATE INDEX documents_updated_at ON documents (updated_at);
