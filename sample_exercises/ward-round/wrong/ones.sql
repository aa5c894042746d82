SELECT p.id, p.bed, count(*) AS critical_count FROM patients p LEFT JOIN observations o ON o.patient_id = p.id AND o.critical
GROUP BY p.id, p.bed ORDER BY p.id;
