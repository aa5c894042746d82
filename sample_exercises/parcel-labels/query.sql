SELECT e.kind, count(*) AS events
FROM accounts a
JOIN events e ON e.account_ref::integer = a.id
WHERE a.id = 1234
GROUP BY e.kind
ORDER BY e.kind;
