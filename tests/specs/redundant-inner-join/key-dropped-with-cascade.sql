-- CASCADE took the foreign key along
-- expect: silent
CREATE TABLE accounts (id bigserial, handle varchar(40));
CREATE TABLE badges (id bigserial PRIMARY KEY, account_id bigint, kind varchar(20), awarded date);
ALTER TABLE accounts ADD PRIMARY KEY (id);
ALTER TABLE badges ALTER COLUMN account_id SET NOT NULL;
ALTER TABLE badges ADD CONSTRAINT fk_badges_account FOREIGN KEY (account_id) REFERENCES accounts (id) ON DELETE CASCADE;
CREATE UNIQUE INDEX ux_badges_account_kind ON badges (account_id, kind);
ALTER TABLE badges RENAME COLUMN account_id TO owner_id;
ALTER TABLE accounts RENAME TO members;
ALTER TABLE badges ADD COLUMN note text;
ALTER TABLE badges DROP COLUMN awarded;
ALTER TABLE members DROP CONSTRAINT accounts_pkey CASCADE;

-- data
INSERT INTO members VALUES (1,'a'),(1,'b');
INSERT INTO badges (id, owner_id, kind) VALUES (1,1,'x');

-- query
SELECT b.kind FROM badges b INNER JOIN members m ON b.owner_id = m.id;

-- naive
SELECT b.kind FROM badges b;
