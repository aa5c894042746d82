-- fixed by the join
-- expect: silent
CREATE TABLE dish (dish_id int PRIMARY KEY, price int NOT NULL);
CREATE TABLE dish_tr (dish_id int NOT NULL REFERENCES dish, lang text NOT NULL, name text NOT NULL, PRIMARY KEY (dish_id, lang));

-- query
SELECT d.dish_id, t.name FROM dish d LEFT JOIN dish_tr t ON t.dish_id = d.dish_id AND t.lang = 'de';
