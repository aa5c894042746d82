CREATE INDEX ON subscribers (family_name, given_name);
