-- A customer by the unique email.
SELECT id, name FROM customers WHERE email = $1;
