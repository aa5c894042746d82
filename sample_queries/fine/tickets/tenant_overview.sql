-- One pass with FILTER instead of a subquery for each number.
SELECT t.name,
       count(*) FILTER (WHERE k.status = 'open') AS open,
       count(*) FILTER (WHERE k.status = 'waiting') AS waiting,
       count(*) AS all_tickets
FROM tenants t
JOIN tickets k ON k.tenant_id = t.id
GROUP BY t.id, t.name
ORDER BY open DESC;
