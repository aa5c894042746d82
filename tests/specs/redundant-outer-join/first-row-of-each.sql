-- first row of each
-- expect: found
CREATE TABLE public.guest (guest_id integer NOT NULL, full_name text NOT NULL, country character(2), loyalty_no integer);
CREATE TABLE public.stay (stay_id integer NOT NULL, guest_id integer NOT NULL, room integer, nights integer);
ALTER TABLE ONLY public.guest ADD CONSTRAINT guest_pkey PRIMARY KEY (guest_id);
ALTER TABLE ONLY public.stay ADD CONSTRAINT stay_pkey PRIMARY KEY (stay_id);
CREATE INDEX stay_guest_id_idx ON public.stay USING btree (guest_id);
ALTER TABLE ONLY public.stay ADD CONSTRAINT stay_guest_id_fkey FOREIGN KEY (guest_id) REFERENCES public.guest(guest_id) ON DELETE CASCADE;

-- data
INSERT INTO guest VALUES (1,'a','DE',10),(2,'b',NULL,NULL),(3,'c','FR',10),(4,'d','FR',99);
INSERT INTO stay VALUES (1,1,5,2),(2,1,6,3),(3,3,5,NULL);

-- query
WITH ranked AS (SELECT s.guest_id, s.room, row_number() OVER (PARTITION BY s.guest_id ORDER BY s.stay_id DESC) AS rn FROM stay s)
SELECT g.guest_id, g.full_name FROM guest g LEFT JOIN ranked r ON r.guest_id = g.guest_id AND r.rn = 1;
