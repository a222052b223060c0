ALTER TABLE events DROP COLUMN origin;

ALTER TABLE tickets
  DROP FOREIGN KEY tickets_merged_fk,
  DROP KEY tickets_merged,
  DROP KEY tickets_deleted,
  DROP COLUMN merged_into_id,
  DROP COLUMN deleted_at;
