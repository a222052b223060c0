-- When tickets were first answered, solved and opened again, for reports: the event log is pruned, and a
-- ticket's row knows only how it ended. Where a program of the release before makes a change beside this one,
-- its milestone is missing, and nothing else.
CREATE TABLE ticket_milestones (
  ticket_id BINARY(16) NOT NULL,
  kind VARCHAR(16) NOT NULL,                 -- 'first_reply', 'solved', 'reopened'
  reached_at DATETIME(6) NOT NULL,
  seconds BIGINT UNSIGNED NOT NULL,          -- since the ticket was created
  queue_id BINARY(16) NULL,                  -- the ticket's queue now; NULL: it is in no list
  PRIMARY KEY (ticket_id, kind, reached_at),
  KEY ticket_milestones_report (queue_id, kind, reached_at, seconds), -- some queues' in a time
  CONSTRAINT ticket_milestones_ticket_fk FOREIGN KEY (ticket_id) REFERENCES tickets (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- A public reply of staff who did not ask themselves. The message a ticket is created with answers nothing.
INSERT INTO ticket_milestones (ticket_id, kind, reached_at, seconds, queue_id)
  SELECT t.id, 'first_reply', r.first_at, GREATEST(TIMESTAMPDIFF(SECOND, t.created_at, r.first_at), 0),
         IF(t.deleted_at IS NULL AND t.merged_into_id IS NULL, t.queue_id, NULL)
  FROM tickets t JOIN (
    SELECT m.ticket_id, MIN(m.created_at) AS first_at
    FROM messages m JOIN tickets a ON a.id = m.ticket_id JOIN users u ON u.id = m.author_id
    WHERE m.kind = 'reply' AND u.role <> 'customer' AND m.author_id <> a.requester_id AND m.created_at > a.created_at
    GROUP BY m.ticket_id
  ) r ON r.ticket_id = t.id;

-- What the log still knows.
INSERT IGNORE INTO ticket_milestones (ticket_id, kind, reached_at, seconds, queue_id)
  SELECT t.id, IF(e.ends, 'solved', 'reopened'), e.occurred_at,
         GREATEST(TIMESTAMPDIFF(SECOND, t.created_at, e.occurred_at), 0),
         IF(t.deleted_at IS NULL AND t.merged_into_id IS NULL, t.queue_id, NULL)
  FROM tickets t JOIN (
    SELECT subject_id, occurred_at, JSON_TYPE(JSON_EXTRACT(payload, '$.changes.solved_at.from')) = 'NULL' AS ends
    FROM events
    WHERE kind IN ('ticket.changed', 'message.replied')
      AND JSON_TYPE(JSON_EXTRACT(payload, '$.changes.solved_at.from'))
          <> JSON_TYPE(JSON_EXTRACT(payload, '$.changes.solved_at.to'))
  ) e ON e.subject_id = t.id;

-- And how tickets ended whose events are gone. Those brought in as solved were not solved here.
INSERT IGNORE INTO ticket_milestones (ticket_id, kind, reached_at, seconds, queue_id)
  SELECT id, 'solved', solved_at, TIMESTAMPDIFF(SECOND, created_at, solved_at),
         IF(deleted_at IS NULL AND merged_into_id IS NULL, queue_id, NULL)
  FROM tickets WHERE solved_at > created_at;
