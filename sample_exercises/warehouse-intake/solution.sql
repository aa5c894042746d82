DROP INDEX moves_item;
DROP INDEX moves_item_time_quantity;
DROP INDEX moves_warehouse;
DROP INDEX moves_note;
DROP INDEX moves_lower_note;
DROP INDEX moves_direction;
