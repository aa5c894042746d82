SELECT p.id, p.posted_on, p.label FROM parcels p JOIN people s ON s.id = p.sender_id JOIN people r ON r.id = p.receiver_id
WHERE 'person4711@example.org' IN (s.email, r.email) ORDER BY p.id;
