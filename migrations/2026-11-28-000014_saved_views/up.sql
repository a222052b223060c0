-- Ticket lists that people keep.
CREATE TABLE saved_views (
  id BINARY(16) NOT NULL PRIMARY KEY,
  owner_id BINARY(16) NOT NULL,
  name VARCHAR(120) NOT NULL,
  definition MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, -- filter, order, columns
  sharing VARCHAR(16) NOT NULL,
  queue_id BINARY(16) NULL,                  -- with whose members; only where sharing is 'queue'
  position INT NOT NULL,
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  KEY saved_views_owner (owner_id, position),      -- one's own
  KEY saved_views_sharing (sharing, queue_id),     -- shared ones
  CONSTRAINT saved_views_owner_fk FOREIGN KEY (owner_id) REFERENCES users (id),
  CONSTRAINT saved_views_queue_fk FOREIGN KEY (queue_id) REFERENCES queues (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
