-- The desk: people, queues, tickets and their messages, and the event log.
-- Ids are UUIDv7 as BINARY(16); times are UTC; each index names the query it serves.

CREATE TABLE organisations (
  id BINARY(16) NOT NULL PRIMARY KEY,
  name VARCHAR(200) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  UNIQUE KEY organisations_name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE users (
  id BINARY(16) NOT NULL PRIMARY KEY,
  email VARCHAR(254) NOT NULL,
  name VARCHAR(200) NOT NULL,
  role VARCHAR(16) NOT NULL,
  active BOOLEAN NOT NULL DEFAULT TRUE,
  organisation_id BINARY(16) NULL,
  password_hash VARCHAR(255) NULL,
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  UNIQUE KEY users_email (email),            -- sign-in, requester of a mail
  KEY users_role_name (role, name, id),      -- "all agents"
  KEY users_name (name, id),                 -- people list
  KEY users_organisation (organisation_id, name, id),
  CONSTRAINT users_organisation_fk FOREIGN KEY (organisation_id) REFERENCES organisations (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE queues (
  id BINARY(16) NOT NULL PRIMARY KEY,
  name VARCHAR(120) NOT NULL,
  description VARCHAR(500) NOT NULL DEFAULT '',
  is_default BOOLEAN NOT NULL DEFAULT FALSE, -- where a ticket without a queue goes
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  UNIQUE KEY queues_name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE queue_members (
  queue_id BINARY(16) NOT NULL,
  user_id BINARY(16) NOT NULL,
  queue_right VARCHAR(16) NOT NULL,
  PRIMARY KEY (user_id, queue_id),           -- an actor's rights, read at every request
  KEY queue_members_queue (queue_id, user_id),
  CONSTRAINT queue_members_queue_fk FOREIGN KEY (queue_id) REFERENCES queues (id),
  CONSTRAINT queue_members_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE categories (
  id BINARY(16) NOT NULL PRIMARY KEY,
  name VARCHAR(120) NOT NULL,
  description VARCHAR(500) NOT NULL DEFAULT '',
  active BOOLEAN NOT NULL DEFAULT TRUE,
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  UNIQUE KEY categories_name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE tags (
  id BINARY(16) NOT NULL PRIMARY KEY,
  name VARCHAR(60) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  UNIQUE KEY tags_name (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE tickets (
  id BINARY(16) NOT NULL PRIMARY KEY,
  number BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  subject VARCHAR(255) NOT NULL,
  status VARCHAR(16) NOT NULL,
  priority VARCHAR(16) NOT NULL,
  -- Most urgent first when ascending, so that "priority, then age" is one ascending index.
  urgency TINYINT UNSIGNED AS (CASE priority WHEN 'urgent' THEN 0 WHEN 'high' THEN 1 WHEN 'normal' THEN 2 ELSE 3 END) STORED,
  priority_origin VARCHAR(16) NOT NULL,      -- 'default' until a person decides
  category_id BINARY(16) NULL,               -- only ever set by a person
  queue_id BINARY(16) NOT NULL,
  requester_id BINARY(16) NOT NULL,
  assignee_id BINARY(16) NULL,
  version INT UNSIGNED NOT NULL,
  source VARCHAR(32) NOT NULL,
  external_id VARCHAR(191) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL, -- another system's: `a1` is not `A1`
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  solved_at DATETIME(6) NULL,
  UNIQUE KEY tickets_number (number),
  UNIQUE KEY tickets_external (source, external_id),            -- idempotent import
  KEY tickets_created (created_at, id),                         -- all queues: newest, oldest
  KEY tickets_updated (updated_at, id),                         -- all queues: recently updated
  KEY tickets_urgency (urgency, created_at, id),                -- all queues: priority, then age
  KEY tickets_queue_created (queue_id, created_at, id),         -- one queue: the same four
  KEY tickets_queue_updated (queue_id, updated_at, id),
  KEY tickets_queue_urgency (queue_id, urgency, created_at, id),
  KEY tickets_requester (requester_id, created_at, id),         -- a customer's own tickets
  KEY tickets_assignee (assignee_id, updated_at, id),           -- "mine"
  FULLTEXT KEY tickets_search (subject),
  CONSTRAINT tickets_category_fk FOREIGN KEY (category_id) REFERENCES categories (id),
  CONSTRAINT tickets_queue_fk FOREIGN KEY (queue_id) REFERENCES queues (id),
  CONSTRAINT tickets_requester_fk FOREIGN KEY (requester_id) REFERENCES users (id),
  CONSTRAINT tickets_assignee_fk FOREIGN KEY (assignee_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE ticket_tags (
  ticket_id BINARY(16) NOT NULL,
  tag_id BINARY(16) NOT NULL,
  PRIMARY KEY (ticket_id, tag_id),
  KEY ticket_tags_tag (tag_id, ticket_id),   -- filter by tag
  CONSTRAINT ticket_tags_ticket_fk FOREIGN KEY (ticket_id) REFERENCES tickets (id),
  CONSTRAINT ticket_tags_tag_fk FOREIGN KEY (tag_id) REFERENCES tags (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE messages (
  id BINARY(16) NOT NULL PRIMARY KEY,
  ticket_id BINARY(16) NOT NULL,
  author_id BINARY(16) NOT NULL,
  kind VARCHAR(16) NOT NULL,
  channel VARCHAR(16) NOT NULL,
  body_text MEDIUMTEXT NOT NULL,
  body_html MEDIUMTEXT NULL,
  created_at DATETIME(6) NOT NULL,
  KEY messages_ticket (ticket_id, created_at, id),   -- the conversation, oldest or newest first
  FULLTEXT KEY messages_search (body_text),
  CONSTRAINT messages_ticket_fk FOREIGN KEY (ticket_id) REFERENCES tickets (id),
  CONSTRAINT messages_author_fk FOREIGN KEY (author_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- Append-only. `seq` is the order of writing; `position` is the order of the log, given after
-- commit by whoever holds the row in `event_sequence`.
CREATE TABLE events (
  seq BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  position BIGINT UNSIGNED NULL,
  kind VARCHAR(48) NOT NULL,
  subject_id BINARY(16) NOT NULL,            -- the ticket, or the user, queue … that changed
  internal BOOLEAN NOT NULL,                 -- TRUE: never shown to customers
  actor_id BINARY(16) NULL,                  -- NULL: the desk itself
  payload MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  occurred_at DATETIME(6) NOT NULL,
  UNIQUE KEY events_position (position),     -- reading the log; NULLs are what waits for a number
  KEY events_subject (subject_id, seq)       -- a ticket's history
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE event_sequence (
  id TINYINT UNSIGNED NOT NULL PRIMARY KEY,
  log_id BINARY(16) NOT NULL,                -- tells this log from another database's
  position BIGINT UNSIGNED NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE jobs (
  id BINARY(16) NOT NULL PRIMARY KEY,
  kind VARCHAR(32) NOT NULL,
  subject_id BINARY(16) NOT NULL,
  payload MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  state VARCHAR(16) NOT NULL,
  attempts SMALLINT UNSIGNED NOT NULL DEFAULT 0,
  run_at DATETIME(6) NOT NULL,               -- not before; while claimed: when the lease ends
  claimed_by BINARY(16) NULL,
  last_error VARCHAR(500) NULL,
  created_at DATETIME(6) NOT NULL,
  KEY jobs_due (state, kind, run_at, id),    -- claiming, and the list of parked jobs
  KEY jobs_subject (subject_id, kind)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE model_versions (
  id BINARY(16) NOT NULL PRIMARY KEY,
  kind VARCHAR(16) NOT NULL,
  number INT UNSIGNED NOT NULL,
  artifact_hash BINARY(32) NOT NULL,         -- SHA-256 of the artefact file
  artifact_bytes INT UNSIGNED NOT NULL,
  threshold DOUBLE NOT NULL,                 -- below this probability the model abstains
  labels MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, -- the artefact's label names and what they meant when it was made
  metrics MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  active BOOLEAN NOT NULL,
  created_at DATETIME(6) NOT NULL,
  UNIQUE KEY model_versions_number (kind, number)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE suggestions (
  id BINARY(16) NOT NULL PRIMARY KEY,
  ticket_id BINARY(16) NOT NULL,
  kind VARCHAR(16) NOT NULL,
  category_id BINARY(16) NULL,               -- the top label where kind is 'category'
  priority VARCHAR(16) NULL,                 -- the top label where kind is 'priority'
  probability DOUBLE NOT NULL,
  abstained BOOLEAN NOT NULL,
  runner_ups MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  deciding_words MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  model_version_id BINARY(16) NOT NULL,
  state VARCHAR(16) NOT NULL,
  decided_by BINARY(16) NULL,
  decided_at DATETIME(6) NULL,
  created_at DATETIME(6) NOT NULL,
  UNIQUE KEY suggestions_once (ticket_id, kind, model_version_id), -- a job done twice writes once
  CONSTRAINT suggestions_ticket_fk FOREIGN KEY (ticket_id) REFERENCES tickets (id),
  CONSTRAINT suggestions_category_fk FOREIGN KEY (category_id) REFERENCES categories (id),
  CONSTRAINT suggestions_model_fk FOREIGN KEY (model_version_id) REFERENCES model_versions (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE sessions (
  token_hash BINARY(32) NOT NULL PRIMARY KEY,
  id BINARY(16) NOT NULL,
  user_id BINARY(16) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  expires_at DATETIME(6) NOT NULL,
  KEY sessions_user (user_id),               -- sign a user out everywhere
  KEY sessions_expires (expires_at),         -- clearing what has ended
  CONSTRAINT sessions_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE api_tokens (
  id BINARY(16) NOT NULL PRIMARY KEY,
  token_hash BINARY(32) NOT NULL,
  user_id BINARY(16) NOT NULL,
  name VARCHAR(120) NOT NULL,
  scopes VARCHAR(500) NOT NULL,              -- space-separated, as in RFC 6749 §3.3
  created_at DATETIME(6) NOT NULL,
  expires_at DATETIME(6) NULL,
  revoked_at DATETIME(6) NULL,
  UNIQUE KEY api_tokens_hash (token_hash),
  KEY api_tokens_user (user_id, created_at),
  CONSTRAINT api_tokens_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- One row per create or reply that carried a key: a repeated request finds the first one's result.
CREATE TABLE idempotency_keys (
  user_id BINARY(16) NOT NULL,
  idempotency_key VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  request_hash BINARY(32) NOT NULL,          -- the same key with another request is a conflict
  result_id BINARY(16) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  PRIMARY KEY (user_id, idempotency_key),
  KEY idempotency_keys_created (created_at),  -- forgetting old ones
  CONSTRAINT idempotency_keys_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

INSERT INTO event_sequence (id, log_id, position) VALUES (1, UNHEX(REPLACE(UUID(), '-', '')), 0);
