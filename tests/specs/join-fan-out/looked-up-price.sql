-- looked up price
-- expect: silent
CREATE SCHEMA shop;
CREATE TYPE shop.order_state AS ENUM ('new', 'paid', 'sent', 'void');
CREATE TABLE shop.client (client_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, full_name text NOT NULL, referrer_id bigint REFERENCES shop.client);
CREATE INDEX client_referrer ON shop.client (referrer_id);
CREATE TABLE shop.article (article_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ean text UNIQUE, title text NOT NULL, cents int NOT NULL);
CREATE TABLE shop.purchase (purchase_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, client_id bigint NOT NULL REFERENCES shop.client, state shop.order_state NOT NULL, placed_at timestamptz NOT NULL);
CREATE INDEX purchase_client ON shop.purchase (client_id, placed_at);
CREATE TABLE shop.purchase_line (purchase_id bigint NOT NULL REFERENCES shop.purchase, pos int NOT NULL, article_id bigint NOT NULL REFERENCES shop.article, qty int NOT NULL, PRIMARY KEY (purchase_id, pos));
CREATE INDEX purchase_line_article ON shop.purchase_line (article_id);

-- query
SELECT l.purchase_id, sum(a.cents) FROM shop.purchase_line l JOIN shop.article a ON a.article_id = l.article_id WHERE l.purchase_id = 5 GROUP BY l.purchase_id;
