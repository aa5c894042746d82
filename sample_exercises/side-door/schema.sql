CREATE TABLE passages (
    id bigint PRIMARY KEY,
    badge_no bigint NOT NULL,
    door text NOT NULL,
    passed_at timestamptz NOT NULL
);
CREATE INDEX passages_badge_no ON passages (badge_no);
