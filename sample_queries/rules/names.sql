-- unknown-table
SELECT id FROM user_s;

-- unknown-column
SELECT emial FROM users;

-- unused-ignore: there is no OFFSET any more.
-- whyslow: ignore deep-offset (pages are few)
SELECT email FROM users WHERE id = 1;
