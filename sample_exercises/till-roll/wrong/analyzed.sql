CREATE INDEX ON sales (shop_id, sold_on) INCLUDE (amount);
ANALYZE sales;
