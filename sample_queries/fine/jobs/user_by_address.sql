-- The index holds the same expression.
SELECT id FROM users WHERE tenant_id = $1 AND lower(email) = lower($2);
