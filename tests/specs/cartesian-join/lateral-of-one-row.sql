-- lateral of one row
-- expect: silent
CREATE SCHEMA shop;
CREATE TYPE shop.order_state AS ENUM ('new', 'paid', 'sent', 'void');
CREATE TABLE shop.client (client_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, full_name text NOT NULL, referrer_id bigint REFERENCES shop.client);
CREATE INDEX client_referrer ON shop.client (referrer_id);
CREATE TABLE shop.article (article_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ean text UNIQUE, title text NOT NULL, cents int NOT NULL);
CREATE TABLE shop.purchase (purchase_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, client_id bigint NOT NULL REFERENCES shop.client, state shop.order_state NOT NULL, placed_at timestamptz NOT NULL);
CREATE INDEX purchase_client ON shop.purchase (client_id, placed_at);
CREATE TABLE shop.review (article_id bigint NOT NULL REFERENCES shop.article, client_id bigint NOT NULL REFERENCES shop.client, stars smallint NOT NULL, PRIMARY KEY (article_id, client_id));
CREATE INDEX review_client ON shop.review (client_id);

-- query
SELECT c.full_name, x.n FROM shop.client c CROSS JOIN LATERAL (SELECT count(*) AS n FROM shop.purchase p JOIN shop.review r ON r.client_id = c.client_id WHERE p.client_id = c.client_id) x WHERE c.client_id = 3;
