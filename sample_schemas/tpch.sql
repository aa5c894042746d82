-- TPC-H with its keys and the usual indexes: each foreign key, the dates that the
-- queries ask for, and what they ask of parts.

CREATE TABLE region (
    r_regionkey int PRIMARY KEY,
    r_name      char(25) NOT NULL,
    r_comment   varchar(152)
);

CREATE TABLE nation (
    n_nationkey int PRIMARY KEY,
    n_name      char(25) NOT NULL,
    n_regionkey int NOT NULL REFERENCES region,
    n_comment   varchar(152)
);
CREATE INDEX nation_regionkey ON nation (n_regionkey);

CREATE TABLE part (
    p_partkey     int PRIMARY KEY,
    p_name        varchar(55) NOT NULL,
    p_mfgr        char(25) NOT NULL,
    p_brand       char(10) NOT NULL,
    p_type        varchar(25) NOT NULL,
    p_size        int NOT NULL,
    p_container   char(10) NOT NULL,
    p_retailprice numeric(12, 2) NOT NULL,
    p_comment     varchar(23) NOT NULL
);
CREATE INDEX part_size ON part (p_size);
CREATE INDEX part_type ON part (p_type);
CREATE INDEX part_brand_container ON part (p_brand, p_container);

CREATE TABLE supplier (
    s_suppkey   int PRIMARY KEY,
    s_name      char(25) NOT NULL,
    s_address   varchar(40) NOT NULL,
    s_nationkey int NOT NULL REFERENCES nation,
    s_phone     char(15) NOT NULL,
    s_acctbal   numeric(12, 2) NOT NULL,
    s_comment   varchar(101) NOT NULL
);
CREATE INDEX supplier_nationkey ON supplier (s_nationkey);

CREATE TABLE partsupp (
    ps_partkey    int NOT NULL REFERENCES part,
    ps_suppkey    int NOT NULL REFERENCES supplier,
    ps_availqty   int NOT NULL,
    ps_supplycost numeric(12, 2) NOT NULL,
    ps_comment    varchar(199) NOT NULL,
    PRIMARY KEY (ps_partkey, ps_suppkey)
);
CREATE INDEX partsupp_suppkey ON partsupp (ps_suppkey);

CREATE TABLE customer (
    c_custkey    int PRIMARY KEY,
    c_name       varchar(25) NOT NULL,
    c_address    varchar(40) NOT NULL,
    c_nationkey  int NOT NULL REFERENCES nation,
    c_phone      char(15) NOT NULL,
    c_acctbal    numeric(12, 2) NOT NULL,
    c_mktsegment char(10) NOT NULL,
    c_comment    varchar(117) NOT NULL
);
CREATE INDEX customer_nationkey ON customer (c_nationkey);

CREATE TABLE orders (
    o_orderkey      bigint PRIMARY KEY,
    o_custkey       int NOT NULL REFERENCES customer,
    o_orderstatus   char(1) NOT NULL,
    o_totalprice    numeric(12, 2) NOT NULL,
    o_orderdate     date NOT NULL,
    o_orderpriority char(15) NOT NULL,
    o_clerk         char(15) NOT NULL,
    o_shippriority  int NOT NULL,
    o_comment       varchar(79) NOT NULL
);
CREATE INDEX orders_custkey ON orders (o_custkey);
CREATE INDEX orders_orderdate ON orders (o_orderdate);

CREATE TABLE lineitem (
    l_orderkey      bigint NOT NULL REFERENCES orders,
    l_partkey       int NOT NULL REFERENCES part,
    l_suppkey       int NOT NULL REFERENCES supplier,
    l_linenumber    int NOT NULL,
    l_quantity      numeric(12, 2) NOT NULL,
    l_extendedprice numeric(12, 2) NOT NULL,
    l_discount      numeric(12, 2) NOT NULL,
    l_tax           numeric(12, 2) NOT NULL,
    l_returnflag    char(1) NOT NULL,
    l_linestatus    char(1) NOT NULL,
    l_shipdate      date NOT NULL,
    l_commitdate    date NOT NULL,
    l_receiptdate   date NOT NULL,
    l_shipinstruct  char(25) NOT NULL,
    l_shipmode      char(10) NOT NULL,
    l_comment       varchar(44) NOT NULL,
    PRIMARY KEY (l_orderkey, l_linenumber),
    FOREIGN KEY (l_partkey, l_suppkey) REFERENCES partsupp
);
CREATE INDEX lineitem_partkey_suppkey ON lineitem (l_partkey, l_suppkey);
CREATE INDEX lineitem_suppkey ON lineitem (l_suppkey);
CREATE INDEX lineitem_shipdate ON lineitem (l_shipdate);
CREATE INDEX lineitem_receiptdate ON lineitem (l_receiptdate);
