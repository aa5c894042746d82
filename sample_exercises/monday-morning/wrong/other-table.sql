ANALYZE stations;
