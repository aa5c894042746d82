CREATE INDEX ON results (points DESC, reached_at, id);
