-- another table is locked
-- expect: found
CREATE TABLE public.guest (guest_id integer NOT NULL, full_name text NOT NULL, country character(2), loyalty_no integer);
CREATE TABLE public.loyalty_card (card_no integer NOT NULL, tier text DEFAULT 'basic'::text NOT NULL, points integer);
ALTER TABLE ONLY public.guest ADD CONSTRAINT guest_pkey PRIMARY KEY (guest_id);
ALTER TABLE ONLY public.loyalty_card ADD CONSTRAINT loyalty_card_pkey PRIMARY KEY (card_no);

-- data
INSERT INTO guest VALUES (1,'a','DE',10),(2,'b',NULL,NULL),(3,'c','FR',10),(4,'d','FR',99);
INSERT INTO loyalty_card VALUES (10,'gold',5),(11,'basic',NULL);

-- query
SELECT g.guest_id, g.full_name FROM guest g LEFT JOIN loyalty_card lc ON lc.card_no = g.loyalty_no WHERE g.guest_id = 3 FOR UPDATE OF g;
