CREATE INDEX ON persons (gender, born);
