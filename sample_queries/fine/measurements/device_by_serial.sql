SELECT d.id, d.model, s.name AS site
FROM devices d
JOIN sites s ON s.code = d.site_code
WHERE d.serial = $1;
