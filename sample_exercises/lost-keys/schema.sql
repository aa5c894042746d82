CREATE TABLE found_keys (
    id integer PRIMARY KEY,
    building_id integer NOT NULL,
    tag_no integer,
    found_on date NOT NULL
);
CREATE INDEX found_keys_building_id ON found_keys (building_id);
CREATE TABLE claims (
    id bigint PRIMARY KEY,
    tag_no integer,
    claimed_on date NOT NULL,
    claimant text NOT NULL
);
