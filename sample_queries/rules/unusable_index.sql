-- function-on-column
SELECT id FROM people WHERE lower(email) = 'a@example.org';

-- cast-on-column
SELECT id FROM people WHERE id::text = '42';

-- implicit-cast
SELECT email FROM people WHERE id = 42.0;

-- arithmetic-on-column
SELECT email FROM people WHERE id + 1 = 43;

-- timezone-cast: where the day begins depends on the session's time zone.
SELECT id FROM people WHERE seen::date = '2025-03-01';

-- date-trunc-range
SELECT id FROM people WHERE date_trunc('day', born) = '1999-03-01';

-- leading-wildcard
SELECT id FROM people WHERE email LIKE '%@example.org';

-- like-needs-opclass
SELECT id FROM people WHERE code LIKE 'AB12%';

-- or-across-columns
SELECT id FROM people WHERE email = 'a@example.org' OR street = 7;

-- negated-predicate
SELECT id FROM people WHERE state <> 'done';

-- wrong-leading-column
SELECT id FROM people WHERE street = 17;

-- mixed-order
SELECT id FROM people ORDER BY city, street DESC LIMIT 10;

-- join-on-different-types
SELECT p.email FROM visits v JOIN people p ON p.id = v.person_number WHERE v.email = 'a@example.org';
