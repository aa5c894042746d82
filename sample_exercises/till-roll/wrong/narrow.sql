CREATE INDEX ON sales (shop_id, sold_on);
VACUUM sales;
