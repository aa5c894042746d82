CREATE INDEX h ON orders (o_orderdate)	SELECT * FROM orders WHERE o_orderdate = '1995-03-15'
CREATE INDEX h ON orders (o_orderdate DESC)	SELECT * FROM orders ORDER BY o_orderdate DESC LIMIT 20
CREATE INDEX h ON orders (o_custkey, o_orderdate DESC)	SELECT * FROM orders WHERE o_custkey = 77 ORDER BY o_orderdate DESC LIMIT 10
CREATE INDEX h ON orders (o_clerk)	SELECT * FROM orders WHERE o_clerk = 'Clerk#000000042'
CREATE INDEX h ON orders (o_orderstatus)	SELECT count(*) FROM orders WHERE o_orderstatus = 'P'
CREATE INDEX h ON orders (o_orderpriority, o_orderdate)	SELECT * FROM orders WHERE o_orderpriority = '1-URGENT' AND o_orderdate > '1998-07-01'
CREATE INDEX h ON orders (o_orderdate) INCLUDE (o_totalprice)	SELECT sum(o_totalprice) FROM orders WHERE o_orderdate BETWEEN '1995-01-01' AND '1995-01-31'
CREATE INDEX h ON orders (o_totalprice)	SELECT * FROM orders ORDER BY o_totalprice LIMIT 5
CREATE INDEX h ON orders (o_orderdate) WHERE o_orderstatus = 'P'	SELECT * FROM orders WHERE o_orderstatus = 'P' AND o_orderdate > '1995-06-01'
CREATE INDEX h ON orders (o_comment)	SELECT * FROM orders WHERE o_comment = 'x'
CREATE INDEX h ON orders (o_comment text_pattern_ops)	SELECT * FROM orders WHERE o_comment LIKE 'foxes%'
CREATE INDEX h ON orders USING hash (o_custkey)	SELECT * FROM orders WHERE o_custkey = 99
CREATE INDEX h ON orders USING hash (o_clerk)	SELECT * FROM orders WHERE o_clerk = 'Clerk#000000007'
CREATE INDEX h ON orders USING brin (o_orderkey)	SELECT count(*) FROM orders WHERE o_orderkey BETWEEN 1000 AND 2000
CREATE INDEX h ON lineitem (l_shipdate)	SELECT * FROM lineitem WHERE l_shipdate = '1995-03-15'
CREATE INDEX h ON lineitem (l_shipdate, l_discount, l_quantity)	SELECT sum(l_extendedprice) FROM lineitem WHERE l_shipdate = '1994-01-01' AND l_discount = 0.05
CREATE INDEX h ON lineitem (l_suppkey)	SELECT * FROM lineitem WHERE l_suppkey = 17
CREATE INDEX h ON lineitem (l_suppkey, l_shipdate)	SELECT * FROM lineitem WHERE l_suppkey = 17 AND l_shipdate > '1998-01-01'
CREATE INDEX h ON lineitem (l_extendedprice)	SELECT * FROM lineitem WHERE l_extendedprice > 104000
CREATE INDEX h ON lineitem (l_shipmode)	SELECT count(*) FROM lineitem WHERE l_shipmode = 'MAIL'
CREATE INDEX h ON lineitem (l_receiptdate) WHERE l_returnflag = 'R'	SELECT * FROM lineitem WHERE l_returnflag = 'R' AND l_receiptdate = '1994-05-05'
CREATE INDEX h ON lineitem (l_partkey) INCLUDE (l_quantity)	SELECT avg(l_quantity) FROM lineitem WHERE l_partkey = 1234
CREATE INDEX h ON lineitem USING brin (l_orderkey)	SELECT count(*) FROM lineitem WHERE l_orderkey < 5000
CREATE INDEX h ON lineitem USING hash (l_suppkey)	SELECT * FROM lineitem WHERE l_suppkey = 5
CREATE INDEX h ON customer (c_mktsegment)	SELECT * FROM customer WHERE c_mktsegment = 'BUILDING'
CREATE INDEX h ON customer (c_name)	SELECT * FROM customer WHERE c_name = 'Customer#000000042'
CREATE INDEX h ON customer (c_phone)	SELECT * FROM customer WHERE c_phone = '13-123-456-7890'
CREATE INDEX h ON part (p_size)	SELECT * FROM part WHERE p_size = 15
CREATE INDEX h ON part (p_brand, p_container)	SELECT * FROM part WHERE p_brand = 'Brand#23' AND p_container = 'MED BOX'
CREATE INDEX h ON part (p_type)	SELECT * FROM part WHERE p_type = 'ECONOMY ANODIZED STEEL'
CREATE INDEX h ON part USING gin (p_name gin_trgm_ops)	SELECT * FROM part WHERE p_name LIKE '%green%'
CREATE INDEX h ON partsupp (ps_supplycost)	SELECT * FROM partsupp WHERE ps_supplycost < 2
CREATE INDEX h ON supplier (s_acctbal DESC)	SELECT * FROM supplier ORDER BY s_acctbal DESC LIMIT 3
CREATE INDEX h ON documents USING gin (tags)	SELECT id FROM documents WHERE tags @> ARRAY['green', 'lace']
CREATE INDEX h ON documents USING gin (data)	SELECT id FROM documents WHERE data @> '{"brand": "Brand#13", "size": 7}'
CREATE INDEX h ON documents USING gin (data jsonb_path_ops)	SELECT id FROM documents WHERE data @> '{"brand": "Brand#13", "size": 7}'
CREATE INDEX h ON documents USING gin (words)	SELECT id FROM documents WHERE words @@ 'deposits & carefully'
CREATE INDEX h ON documents USING gin (body gin_trgm_ops)	SELECT id FROM documents WHERE body LIKE '%deposits%'
CREATE INDEX h ON lineitem USING brin (l_orderkey) WITH (pages_per_range = 16)	SELECT count(*) FROM lineitem WHERE l_orderkey < 5000
CREATE INDEX h ON lineitem USING brin (l_shipdate, l_receiptdate)	SELECT count(*) FROM lineitem WHERE l_shipdate < '1992-02-01'
CREATE INDEX h ON customer USING hash (c_phone)	SELECT * FROM customer WHERE c_phone = '13-123-456-7890'
