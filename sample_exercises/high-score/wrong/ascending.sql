CREATE INDEX ON results (game_id, points, reached_at, id);
