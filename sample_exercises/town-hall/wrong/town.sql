CREATE INDEX ON persons (town_id);
