CREATE INDEX ON results (game_id, points DESC);
