CREATE INDEX ON claims (tag_no);
