CREATE INDEX ON subscribers (family_name text_pattern_ops);
SELECT id, family_name, given_name, number FROM subscribers WHERE family_name ILIKE 'halvisen%' ORDER BY family_name, id;
