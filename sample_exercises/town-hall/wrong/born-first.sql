CREATE INDEX ON persons (born);
