SELECT id, family_name, given_name, number FROM subscribers WHERE left(family_name, 8) = 'halvisen' ORDER BY family_name, id;
