CREATE TABLE orders (
    id      bigint PRIMARY KEY,
    shop    int NOT NULL,
    kind    int NOT NULL,
    state   text NOT NULL,
    at      timestamptz NOT NULL,
    seen    timestamptz NOT NULL,
    note    text NOT NULL,
    tags    text[] NOT NULL,
    doc     jsonb NOT NULL,
    a       int NOT NULL,
    b       int NOT NULL
);
CREATE INDEX orders_at ON orders (at);
CREATE INDEX orders_at_again ON orders (at);             -- duplicate-index
CREATE INDEX orders_shop ON orders (shop);               -- prefix-index
CREATE INDEX orders_shop_kind ON orders (shop, kind);
CREATE INDEX orders_id ON orders (id);                   -- constraint-index-duplicate
CREATE INDEX orders_state ON orders (state);             -- low-selectivity-index
CREATE INDEX orders_note ON orders (note);               -- text-column-index
CREATE INDEX orders_doc ON orders (doc);                 -- btree-on-json
CREATE INDEX orders_tags ON orders (tags);               -- btree-on-array
CREATE INDEX orders_wide ON orders (kind, b, a, shop, at, state); -- wide-index
CREATE INDEX orders_kind ON orders (kind) WHERE a IS NOT NULL;    -- useless-partial-predicate
CREATE INDEX orders_at_a ON orders (at, a);              -- timestamp-before-equality
CREATE INDEX orders_b ON orders (b);                     -- unused-index, bloated-index
CREATE INDEX orders_b_a ON orders (b, a);                -- invalid-index
CREATE INDEX orders_seen ON orders (seen);               -- index-blocks-hot
-- too-many-indexes: all of these, on a table that is mostly written.

CREATE TABLE tokens (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), at timestamptz NOT NULL); -- random-uuid-key
