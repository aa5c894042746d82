ANALYZE measurements;
