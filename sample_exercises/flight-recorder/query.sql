SELECT severity, count(*) AS lines, min(logged_at) AS first, max(logged_at) AS last
FROM log_lines
WHERE logged_at >= timestamptz '2025-06-11 14:00+00'
  AND logged_at < timestamptz '2025-06-11 15:00+00'
GROUP BY severity
ORDER BY severity;
