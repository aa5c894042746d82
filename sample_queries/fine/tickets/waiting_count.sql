-- The rare value is what the index on status is for.
SELECT count(*) FROM tickets WHERE status = 'open';
