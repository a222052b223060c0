ALTER TABLE users DROP COLUMN seen_from;
DROP TABLE read_marks;
