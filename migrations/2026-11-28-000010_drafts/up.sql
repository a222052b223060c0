-- What people are writing and have not sent, for its author alone. The event log does not know of it.
CREATE TABLE drafts (
  id BINARY(16) NOT NULL PRIMARY KEY,
  author_id BINARY(16) NOT NULL,
  subject_id BINARY(16) NOT NULL,            -- the ticket; the author where kind is 'ticket'
  kind VARCHAR(16) NOT NULL,
  subject VARCHAR(255) NOT NULL,             -- empty unless kind is 'ticket'
  body MEDIUMTEXT NOT NULL,
  version INT UNSIGNED NOT NULL,
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  -- Sent or discarded. The row stays for a while, so that no later draft has a version of this one.
  cleared_at DATETIME(6) NULL,
  UNIQUE KEY drafts_once (author_id, subject_id, kind), -- one of a kind; those of a page of tickets
  KEY drafts_author (author_id, cleared_at, updated_at), -- all that somebody is writing, latest first
  KEY drafts_cleared (cleared_at),                       -- forgetting old ones
  CONSTRAINT drafts_author_fk FOREIGN KEY (author_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
