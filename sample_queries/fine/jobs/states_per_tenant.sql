SELECT t.slug, j.state, count(*) AS jobs
FROM jobs j
JOIN tenants t ON t.id = j.tenant_id
GROUP BY t.slug, j.state
ORDER BY t.slug, j.state;
