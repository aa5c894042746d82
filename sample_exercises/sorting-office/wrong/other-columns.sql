CREATE STATISTICS addresses_street (dependencies) ON city, street FROM addresses;
ANALYZE addresses;
