SELECT id, family_name, given_name, number
FROM subscribers
WHERE family_name LIKE 'halvisen%'
ORDER BY family_name, id;
