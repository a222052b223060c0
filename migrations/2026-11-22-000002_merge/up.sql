-- Tickets that are deleted or merged away, and events that a client recognises as its own.
-- Everything is NULL in what is there: the program before this one goes on beside the new one.

ALTER TABLE tickets
  ADD COLUMN deleted_at DATETIME(6) NULL,          -- NULL: not deleted
  ADD COLUMN merged_into_id BINARY(16) NULL,       -- NULL: not merged
  ADD KEY tickets_deleted (deleted_at, id),        -- deleted tickets, latest first
  ADD KEY tickets_merged (merged_into_id, number), -- what was merged into a ticket
  ADD CONSTRAINT tickets_merged_fk FOREIGN KEY (merged_into_id) REFERENCES tickets (id);

ALTER TABLE events
  -- What the client called itself; NULL: nothing.
  ADD COLUMN origin VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL;
