-- A ranking over groups; all rows are wanted.
SELECT agent_id, count(*) AS assignments,
       rank() OVER (ORDER BY count(*) DESC) AS place
FROM assignments
GROUP BY agent_id
ORDER BY place
LIMIT 20;
