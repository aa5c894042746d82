SELECT j.id, j.state, last.message
FROM jobs j
LEFT JOIN LATERAL (
    SELECT e.message
    FROM job_events e
    WHERE e.job_id = j.id
    ORDER BY e.line DESC
    LIMIT 1
) AS last ON true
WHERE j.requested_by = $1
ORDER BY j.id DESC
LIMIT 20;
