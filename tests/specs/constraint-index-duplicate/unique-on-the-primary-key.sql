-- expect: found
CREATE TABLE t (id bigint NOT NULL);
ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (id);
ALTER TABLE t ADD CONSTRAINT t_id_key UNIQUE (id);

-- query
SELECT 1;
