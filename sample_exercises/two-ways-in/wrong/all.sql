SELECT p.id, p.posted_on, p.label FROM parcels p JOIN people s ON s.id = p.sender_id WHERE s.email = 'person4711@example.org'
UNION ALL
SELECT p.id, p.posted_on, p.label FROM parcels p JOIN people r ON r.id = p.receiver_id WHERE r.email = 'person4711@example.org'
ORDER BY id;
