SELECT id, found_on, description FROM articles WHERE description ILIKE 'lantern%' ORDER BY id;
