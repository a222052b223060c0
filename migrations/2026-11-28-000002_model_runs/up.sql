-- Trainings asked for through the graph or by a schedule; each is a job of the kind 'train'.
CREATE TABLE model_runs (
  id BINARY(16) NOT NULL PRIMARY KEY,
  kind VARCHAR(16) NOT NULL,                 -- the label it learns
  state VARCHAR(16) NOT NULL,
  step VARCHAR(32) NULL,                     -- what it does now; NULL before it began and after it ended
  done DOUBLE NOT NULL,                      -- share of the whole, 0 to 1
  requested_by BINARY(16) NULL,              -- NULL: the schedule
  options MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  error VARCHAR(1000) NULL,                  -- why it failed; while queued: why the last try failed
  version_id BINARY(16) NULL,                -- what it made
  tickets INT UNSIGNED NULL,                 -- labelled tickets it read
  labelled INT UNSIGNED NULL,                -- labelled tickets of the whole desk at that time
  cancel_requested BOOLEAN NOT NULL,
  created_at DATETIME(6) NOT NULL,
  started_at DATETIME(6) NULL,               -- of the last try
  finished_at DATETIME(6) NULL,
  KEY model_runs_kind (kind, state, id),     -- the open run of a kind, and its last one that succeeded
  KEY model_runs_listed (kind, id),          -- runs of one kind, newest first
  KEY model_runs_state (state, kind),        -- open runs of all kinds
  CONSTRAINT model_runs_requester_fk FOREIGN KEY (requested_by) REFERENCES users (id),
  CONSTRAINT model_runs_version_fk FOREIGN KEY (version_id) REFERENCES model_versions (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- When to train by the clock. The row of a kind is also what a new run of it waits for: one at a time.
CREATE TABLE model_schedules (
  kind VARCHAR(16) NOT NULL PRIMARY KEY,
  id BINARY(16) NOT NULL,                    -- the subject of its events
  every_hours INT UNSIGNED NOT NULL,
  minimum_new_labels INT UNSIGNED NOT NULL,
  enabled BOOLEAN NOT NULL,
  next_run_at DATETIME(6) NOT NULL,          -- not looked at before
  last_run_id BINARY(16) NULL,               -- the last run it started
  changed_by BINARY(16) NULL,
  changed_at DATETIME(6) NULL,
  UNIQUE KEY model_schedules_id (id),
  CONSTRAINT model_schedules_run_fk FOREIGN KEY (last_run_id) REFERENCES model_runs (id),
  CONSTRAINT model_schedules_user_fk FOREIGN KEY (changed_by) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

INSERT INTO model_schedules (kind, id, every_hours, minimum_new_labels, enabled, next_run_at) VALUES
  ('category', UNHEX(REPLACE(UUID(), '-', '')), 168, 100, FALSE, UTC_TIMESTAMP(6)),
  ('priority', UNHEX(REPLACE(UUID(), '-', '')), 168, 100, FALSE, UTC_TIMESTAMP(6));

-- Labels given since the last training.
ALTER TABLE suggestions ADD KEY suggestions_decided (kind, decided_at);

-- What the figures do not say, such as that the champion had learned from some of the tickets.
ALTER TABLE model_validations ADD COLUMN note VARCHAR(500) NULL;
