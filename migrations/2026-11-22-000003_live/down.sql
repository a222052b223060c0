ALTER TABLE event_sequence DROP COLUMN kept_after, DROP COLUMN beat_at;
