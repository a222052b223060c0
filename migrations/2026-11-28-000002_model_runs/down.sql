-- The release before cannot read jobs of this kind.
DELETE FROM jobs WHERE kind = 'train';
ALTER TABLE model_validations DROP COLUMN note;
ALTER TABLE suggestions DROP KEY suggestions_decided;
DROP TABLE model_schedules;
DROP TABLE model_runs;
