-- Model versions are rolled out: tried in the dark, on a share of the tickets, promoted, taken back.
-- What the release before writes stays valid: new columns have defaults, `active` stays the champion.

ALTER TABLE model_versions
  ADD COLUMN created_by BINARY(16) NULL,                            -- NULL: the desk itself
  ADD COLUMN run_id BINARY(16) NULL,                                -- the training run it came from
  ADD COLUMN feature_version SMALLINT UNSIGNED NOT NULL DEFAULT 1,  -- how texts become numbers
  ADD COLUMN parameters MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  ADD COLUMN training_data MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  ADD COLUMN confusion MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL;

ALTER TABLE suggestions
  ADD COLUMN arm VARCHAR(16) NOT NULL DEFAULT 'champion',
  ADD COLUMN new_word_share DOUBLE NULL,                            -- share of the ticket's words the model has never seen
  ADD COLUMN took_us INT UNSIGNED NULL,
  ADD COLUMN language VARCHAR(8) NULL,
  ADD KEY suggestions_model (model_version_id, created_at, abstained, state); -- what guards compare: a version's newest, and how people decided

-- One row a kind of label, locked by every transition.
CREATE TABLE model_rollouts (
  kind VARCHAR(16) NOT NULL PRIMARY KEY,
  champion_id BINARY(16) NULL,
  candidate_id BINARY(16) NULL,
  previous_id BINARY(16) NULL,
  stage VARCHAR(16) NOT NULL,
  percent SMALLINT UNSIGNED NOT NULL DEFAULT 0,
  enabled BOOLEAN NOT NULL,
  revision INT UNSIGNED NOT NULL,
  stage_since DATETIME(6) NOT NULL,
  champion_since DATETIME(6) NULL,
  cool_down_until DATETIME(6) NULL,
  guards MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, -- thresholds that differ from the defaults
  CONSTRAINT model_rollouts_champion_fk FOREIGN KEY (champion_id) REFERENCES model_versions (id),
  CONSTRAINT model_rollouts_candidate_fk FOREIGN KEY (candidate_id) REFERENCES model_versions (id),
  CONSTRAINT model_rollouts_previous_fk FOREIGN KEY (previous_id) REFERENCES model_versions (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- Append-only: what was done, by whom, why, and the whole state after it.
CREATE TABLE model_rollout_steps (
  id BINARY(16) NOT NULL PRIMARY KEY,
  kind VARCHAR(16) NOT NULL,
  action VARCHAR(32) NOT NULL,
  version_id BINARY(16) NULL,                -- the version the step is about
  actor_id BINARY(16) NULL,                  -- NULL: the desk itself
  reason VARCHAR(1000) NULL,
  is_override BOOLEAN NOT NULL,              -- done although a gate said no; the reason says why
  evidence MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  created_at DATETIME(6) NOT NULL,
  champion_id BINARY(16) NULL,
  candidate_id BINARY(16) NULL,
  previous_id BINARY(16) NULL,
  stage VARCHAR(16) NOT NULL,
  percent SMALLINT UNSIGNED NOT NULL,
  enabled BOOLEAN NOT NULL,
  revision INT UNSIGNED NOT NULL,
  stage_since DATETIME(6) NOT NULL,
  champion_since DATETIME(6) NULL,
  cool_down_until DATETIME(6) NULL,
  guards MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  KEY model_rollout_steps_time (kind, created_at, id) -- the history, and the state at a time
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- A candidate and the champion of the time on the same tickets, which neither had learned from.
CREATE TABLE model_validations (
  id BINARY(16) NOT NULL PRIMARY KEY,
  candidate_id BINARY(16) NOT NULL,
  champion_id BINARY(16) NULL,
  sample INT UNSIGNED NOT NULL,
  candidate_right INT UNSIGNED NOT NULL,
  champion_right INT UNSIGNED NOT NULL,
  difference DOUBLE NOT NULL,                -- in accuracy; above 0 the candidate is better
  low DOUBLE NOT NULL,                       -- 95 % interval of the difference
  high DOUBLE NOT NULL,
  verdict VARCHAR(16) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  KEY model_validations_candidate (candidate_id, id), -- a version's validations, newest first
  CONSTRAINT model_validations_candidate_fk FOREIGN KEY (candidate_id) REFERENCES model_versions (id),
  CONSTRAINT model_validations_champion_fk FOREIGN KEY (champion_id) REFERENCES model_versions (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- What a candidate would have said; nothing that shows suggestions reads it.
CREATE TABLE shadow_scores (
  ticket_id BINARY(16) NOT NULL,
  kind VARCHAR(16) NOT NULL,
  model_version_id BINARY(16) NOT NULL,
  category_id BINARY(16) NULL,
  priority VARCHAR(16) NULL,
  probability DOUBLE NOT NULL,
  abstained BOOLEAN NOT NULL,
  champion_agrees BOOLEAN NULL,              -- NULL: the champion said nothing
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (ticket_id, kind, model_version_id),
  KEY shadow_scores_model (model_version_id, champion_agrees), -- how often a version and the champion agree
  CONSTRAINT shadow_scores_ticket_fk FOREIGN KEY (ticket_id) REFERENCES tickets (id),
  CONSTRAINT shadow_scores_model_fk FOREIGN KEY (model_version_id) REFERENCES model_versions (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- Until now each version suggested from the moment it was made: the history can be told from the start.
INSERT INTO model_rollout_steps
  (id, kind, action, version_id, is_override, created_at, champion_id, previous_id, stage, percent, enabled,
   revision, stage_since, champion_since, guards)
SELECT v.id, v.kind, 'promoted', v.id, FALSE, v.created_at, v.id, p.id, 'idle', 0, TRUE,
  v.number, v.created_at, v.created_at, '{}'
FROM model_versions v LEFT JOIN model_versions p ON p.kind = v.kind AND p.number + 1 = v.number;

-- No champion of before is on probation: nobody had guards when it was made.
INSERT INTO model_rollouts
  (kind, champion_id, previous_id, stage, enabled, revision, stage_since, champion_since, guards)
SELECT 'category', MAX(v.id), NULL, 'idle', TRUE, COALESCE(MAX(v.number), 0), UTC_TIMESTAMP(6), MAX(v.created_at), '{}'
FROM model_versions v
WHERE v.kind = 'category' AND v.active;

INSERT INTO model_rollouts
  (kind, champion_id, previous_id, stage, enabled, revision, stage_since, champion_since, guards)
SELECT 'priority', MAX(v.id), NULL, 'idle', TRUE, COALESCE(MAX(v.number), 0), UTC_TIMESTAMP(6), MAX(v.created_at), '{}'
FROM model_versions v
WHERE v.kind = 'priority' AND v.active;
