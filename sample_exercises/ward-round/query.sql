SELECT p.id, p.bed,
       (SELECT count(*) FROM observations o WHERE o.patient_id = p.id AND o.critical) AS critical_count
FROM patients p
ORDER BY p.id;
