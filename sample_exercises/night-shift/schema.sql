CREATE TABLE tenants (
    id integer PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE tickets (
    id bigint PRIMARY KEY,
    tenant_id integer NOT NULL REFERENCES tenants (id),
    status text NOT NULL CHECK (status IN ('open', 'closed', 'spam')),
    subject text NOT NULL,
    created_at timestamptz NOT NULL
);
