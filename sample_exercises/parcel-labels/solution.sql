ALTER TABLE events ALTER COLUMN account_ref TYPE integer USING account_ref::integer;
