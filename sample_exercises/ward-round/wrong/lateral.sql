SELECT p.id, p.bed, n.critical_count FROM patients p
CROSS JOIN LATERAL (SELECT count(*) AS critical_count FROM observations o WHERE o.patient_id = p.id AND o.critical) n ORDER BY p.id;
