-- Labels that the desk put on tickets stay, and read as people's from then on.
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
