-- How far back the log reaches, and its pulse.
ALTER TABLE event_sequence
  ADD COLUMN kept_after BIGINT UNSIGNED NOT NULL DEFAULT 0,        -- events up to here were pruned
  ADD COLUMN beat_at DATETIME(6) NOT NULL DEFAULT '2000-01-01';    -- moved about once a second while numbering works
