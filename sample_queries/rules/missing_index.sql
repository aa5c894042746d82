-- missing-index
SELECT id, amount FROM events WHERE shop = 42;

-- covering-index
SELECT sum(amount) FROM events WHERE kind = 3;

-- partial-index
SELECT id FROM events WHERE state = 'open';

-- expression-index
SELECT id FROM events WHERE doc ->> 'country' = 'FI';

-- opclass-index
SELECT id FROM events WHERE code LIKE 'AB12%';

-- trigram-index
SELECT id FROM events WHERE note % 'overflow';

-- gin-index
SELECT id FROM events WHERE tags @> ARRAY['x'];

-- brin-index
SELECT count(*), sum(amount) FROM events WHERE stored >= '2025-03-01' AND stored < '2025-04-01';

-- mixed-order-index
SELECT id FROM events ORDER BY shop, at DESC LIMIT 10;

-- foreign-key-without-index: for each row deleted, all replies are read.
DELETE FROM events WHERE id = $1;
