ALTER TABLE model_validations DROP COLUMN note;
ALTER TABLE suggestions DROP KEY suggestions_decided;
DROP TABLE model_schedules;
DROP TABLE model_runs;
