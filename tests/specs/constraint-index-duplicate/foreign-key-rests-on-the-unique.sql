-- expect: silent
CREATE TABLE t (id bigint NOT NULL, CONSTRAINT t_id_key UNIQUE (id));
CREATE TABLE u (id bigint PRIMARY KEY, t_id bigint REFERENCES t (id));
CREATE INDEX ON u (t_id);
ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (id);

-- query
SELECT 1;
