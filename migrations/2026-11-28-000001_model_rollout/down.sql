DROP TABLE shadow_scores, model_validations, model_rollout_steps, model_rollouts;

-- The foreign key needs an index that begins with its column.
ALTER TABLE suggestions
  ADD KEY suggestions_model_fk (model_version_id),
  DROP KEY suggestions_model,
  DROP COLUMN arm, DROP COLUMN new_word_share, DROP COLUMN took_us, DROP COLUMN language;

ALTER TABLE model_versions
  DROP COLUMN created_by, DROP COLUMN run_id, DROP COLUMN feature_version, DROP COLUMN parameters,
  DROP COLUMN training_data, DROP COLUMN confusion;
