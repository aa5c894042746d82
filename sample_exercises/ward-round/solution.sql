SELECT p.id, p.bed, coalesce(n.critical_count, 0) AS critical_count
FROM patients p
LEFT JOIN (SELECT o.patient_id, count(*) AS critical_count FROM observations o WHERE o.critical GROUP BY o.patient_id) n
       ON n.patient_id = p.id
ORDER BY p.id;
