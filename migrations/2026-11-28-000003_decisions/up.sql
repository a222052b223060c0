-- Labels that the desk puts on tickets by itself, what was there before, and suggestions nobody heeded.
--
-- Safe while programs of the release before still run: they write labels without looking here, so who set a
-- label is never stored. A category is the desk's while it equals `applied_category_id`, and a person's in
-- every other case, whoever wrote it; a priority likewise, where `priority_origin` is not 'person'. The states
-- they do not know are written in their words ('accepted', 'superseded') and told apart by what stands beside.
-- One thing they do not know: to them an applied category is a label like any other, also for training. Let a
-- queue apply labels once all programs are of this release; no queue does before somebody says so.

ALTER TABLE tickets
  ADD COLUMN applied_category_id BINARY(16) NULL,  -- NULL: the desk set none
  ADD COLUMN applied_priority VARCHAR(16) NULL;

ALTER TABLE suggestions
  ADD COLUMN applied_at DATETIME(6) NULL,          -- when its label was put on the ticket without asking; NULL: never
  ADD COLUMN was_priority VARCHAR(16) NULL,        -- the priority it replaced; a category only ever fills an empty field
  ADD COLUMN outcome VARCHAR(16) AS (CASE
    WHEN state = 'accepted' AND applied_at IS NOT NULL AND decided_at IS NULL THEN 'applied'
    WHEN state = 'superseded' AND decided_at IS NOT NULL THEN 'ignored'
    ELSE state END) VIRTUAL,
  DROP KEY suggestions_model,
  ADD KEY suggestions_model (model_version_id, created_at, abstained, applied_at, outcome), -- as before, with what people really decided
  ADD KEY suggestions_figures (kind, created_at, ticket_id); -- figures of a kind in a range of time

-- From which probability on a queue's tickets get a label without being asked for; no row: never.
CREATE TABLE queue_auto_apply (
  queue_id BINARY(16) NOT NULL,
  kind VARCHAR(16) NOT NULL,
  threshold DOUBLE NOT NULL,                 -- 0.5 to 1
  PRIMARY KEY (queue_id, kind),
  CONSTRAINT queue_auto_apply_queue_fk FOREIGN KEY (queue_id) REFERENCES queues (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
