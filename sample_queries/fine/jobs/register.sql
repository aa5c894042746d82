INSERT INTO users (tenant_id, email)
VALUES ($1, $2)
ON CONFLICT (tenant_id, (lower(email))) DO NOTHING
RETURNING id;
