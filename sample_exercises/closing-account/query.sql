DELETE FROM accounts
WHERE id = 4711;
