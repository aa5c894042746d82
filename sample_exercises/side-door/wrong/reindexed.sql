CREATE INDEX ON passages ((badge_no::numeric));
