CREATE INDEX ON persons (town_id, born);
DROP INDEX persons_gender;
