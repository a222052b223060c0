DROP TABLE ticket_counts;
ALTER TABLE event_sequence DROP COLUMN counted;
ALTER TABLE events DROP COLUMN count_from, DROP COLUMN count_to;
