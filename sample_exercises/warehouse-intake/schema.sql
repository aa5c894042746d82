CREATE TABLE stock_moves (
    id bigint PRIMARY KEY,
    item_id integer NOT NULL,
    warehouse_id integer NOT NULL,
    moved_at timestamptz NOT NULL,
    quantity integer NOT NULL,
    direction text NOT NULL CHECK (direction IN ('in', 'out')),
    note text NOT NULL
);
CREATE INDEX moves_item ON stock_moves (item_id);
CREATE INDEX moves_item_time ON stock_moves (item_id, moved_at);
CREATE INDEX moves_item_time_quantity ON stock_moves (item_id, moved_at, quantity);
CREATE INDEX moves_warehouse ON stock_moves (warehouse_id);
CREATE INDEX moves_warehouse_item ON stock_moves (warehouse_id, item_id);
CREATE INDEX moves_time ON stock_moves (moved_at);
CREATE INDEX moves_note ON stock_moves (note);
CREATE INDEX moves_lower_note ON stock_moves (lower(note));
CREATE INDEX moves_direction ON stock_moves (direction);
