-- Labels that the desk put on tickets stay, and read as people's from then on.
DROP TABLE queue_auto_apply;
ALTER TABLE suggestions
  DROP KEY suggestions_figures,
  DROP COLUMN outcome,
  DROP COLUMN was_priority,
  DROP COLUMN applied_at;
ALTER TABLE tickets
  DROP COLUMN applied_priority,
  DROP COLUMN applied_category_id;
