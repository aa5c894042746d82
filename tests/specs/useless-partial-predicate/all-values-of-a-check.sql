-- expect: found
CREATE TABLE t (id bigint PRIMARY KEY, a int NOT NULL, kind varchar(9) NOT NULL,
    CONSTRAINT t_kind CHECK (((kind)::text = ANY ((ARRAY['bug'::character varying, 'story'::character varying])::text[]))));
CREATE INDEX t1 ON t (a) WHERE kind IN ('bug', 'story');

-- query
SELECT 1;
