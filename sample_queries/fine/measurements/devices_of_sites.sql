SELECT s.code, s.name, count(d.id) AS devices
FROM sites s
LEFT JOIN devices d ON d.site_code = s.code
GROUP BY s.code, s.name
ORDER BY s.code;
