-- Exact numbers of tickets per queue, status, priority and assigned-ness, kept by the sequencer.
--
-- Safe while programs of the release before still run: what they write has no `count_…` (NULL), so the
-- sequencer looks into the payload; what they number leaves `counted` behind, so the next sequencer of
-- this release counts it. At the end no process counts anything twice or never.

ALTER TABLE events
  ADD COLUMN count_from VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL, -- group the ticket left; '': none
  ADD COLUMN count_to VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NULL;   -- group it joined; '': none

ALTER TABLE event_sequence
  ADD COLUMN counted BIGINT UNSIGNED NOT NULL DEFAULT 0; -- `ticket_counts` is exact as of this position

CREATE TABLE ticket_counts (
  queue_id BINARY(16) NOT NULL,
  status VARCHAR(16) NOT NULL,
  priority VARCHAR(16) NOT NULL,
  assigned BOOLEAN NOT NULL,
  tickets BIGINT NOT NULL,
  PRIMARY KEY (queue_id, status, priority, assigned)  -- totals of lists and of queues
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- Writers wait while the present is counted: a ticket counted here must not have an event that is
-- counted later. Seconds, even with millions of tickets.
LOCK TABLES tickets READ, events WRITE, event_sequence WRITE, ticket_counts WRITE;
SET @end = (SELECT position FROM event_sequence);
UPDATE events SET position = (@end := @end + 1) WHERE position IS NULL ORDER BY seq;
UPDATE event_sequence SET position = @end, counted = @end;
INSERT INTO ticket_counts (queue_id, status, priority, assigned, tickets)
  SELECT queue_id, status, priority, assignee_id IS NOT NULL, COUNT(*) FROM tickets
  WHERE deleted_at IS NULL AND merged_into_id IS NULL
  GROUP BY queue_id, status, priority, assignee_id IS NOT NULL;
UNLOCK TABLES;
