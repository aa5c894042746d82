CREATE STATISTICS addresses_place (dependencies) ON city, district, region FROM addresses;
ANALYZE addresses;
