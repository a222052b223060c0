-- Labels that the desk put on tickets stay. Without its mark a category would read as a person's, and be
-- learned from, so those are taken off; a priority's origin tells it from a person's without the mark.
UPDATE tickets SET category_id = NULL WHERE category_id = applied_category_id;
DROP TABLE queue_auto_apply;
ALTER TABLE suggestions
  DROP KEY suggestions_figures,
  DROP KEY suggestions_model,
  ADD KEY suggestions_model (model_version_id, created_at, abstained, state),
  DROP COLUMN outcome,
  DROP COLUMN was_priority,
  DROP COLUMN applied_at;
ALTER TABLE tickets
  DROP COLUMN applied_priority,
  DROP COLUMN applied_category_id;
