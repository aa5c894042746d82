DROP INDEX moves_note;
DROP INDEX moves_lower_note;
