ANALYZE addresses;
ANALYZE deliveries;
