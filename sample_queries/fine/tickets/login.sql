SELECT id, tenant_id FROM agents WHERE login = $1 AND active;
