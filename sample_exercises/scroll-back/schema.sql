CREATE TABLE messages (
    id bigint PRIMARY KEY,
    room_id integer NOT NULL,
    sent_at timestamptz NOT NULL,
    author text NOT NULL,
    body text NOT NULL
);
CREATE INDEX messages_room ON messages (room_id, sent_at, id);
