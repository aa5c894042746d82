SELECT c.id, c.name FROM customers c WHERE c.country = 'NO' ORDER BY c.id;
