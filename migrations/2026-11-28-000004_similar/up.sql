-- What the desk knows beyond a ticket's labels: tickets like it, prepared replies, possible new categories.
-- New tables only: the program before this one goes on beside the new one.

-- The older tickets most like each ticket, as the worker found them. Who may see which is decided by the reader.
CREATE TABLE ticket_neighbours (
  ticket_id BINARY(16) NOT NULL PRIMARY KEY,          -- the neighbours of the tickets on a page
  neighbours MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL, -- JSON: [[ticket id, score], …], best first
  computed_at DATETIME(6) NOT NULL,
  CONSTRAINT ticket_neighbours_ticket_fk FOREIGN KEY (ticket_id) REFERENCES tickets (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE canned_replies (
  id BINARY(16) NOT NULL PRIMARY KEY,
  name VARCHAR(120) NOT NULL,
  body MEDIUMTEXT NOT NULL,
  queue_id BINARY(16) NULL,                           -- NULL: for all queues
  active BOOLEAN NOT NULL,
  created_by BINARY(16) NULL,                         -- NULL: the desk itself
  created_at DATETIME(6) NOT NULL,
  updated_at DATETIME(6) NOT NULL,
  UNIQUE KEY canned_replies_name (name),              -- the list, by name
  CONSTRAINT canned_replies_queue_fk FOREIGN KEY (queue_id) REFERENCES queues (id),
  CONSTRAINT canned_replies_user_fk FOREIGN KEY (created_by) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- Which messages were made from which prepared reply. Beside `messages`, whose rows are many and large.
CREATE TABLE canned_reply_uses (
  message_id BINARY(16) NOT NULL PRIMARY KEY,         -- the prepared replies of the messages of some tickets
  canned_reply_id BINARY(16) NOT NULL,
  CONSTRAINT canned_reply_uses_message_fk FOREIGN KEY (message_id) REFERENCES messages (id),
  CONSTRAINT canned_reply_uses_reply_fk FOREIGN KEY (canned_reply_id) REFERENCES canned_replies (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- Groups of tickets that fit no category. Open ones are replaced by each run; decided ones stay.
CREATE TABLE category_proposals (
  id BINARY(16) NOT NULL PRIMARY KEY,
  size INT UNSIGNED NOT NULL,
  cohesion DOUBLE NOT NULL,
  words MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,      -- JSON: [word, …], most telling first
  ticket_ids MEDIUMTEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,     -- JSON: [ticket id, …], most typical first
  state VARCHAR(16) NOT NULL,
  category_id BINARY(16) NULL,                        -- what it became where it was adopted
  decided_by BINARY(16) NULL,
  decided_at DATETIME(6) NULL,
  created_at DATETIME(6) NOT NULL,
  KEY category_proposals_state (state, size),         -- open ones, largest first
  CONSTRAINT category_proposals_category_fk FOREIGN KEY (category_id) REFERENCES categories (id),
  CONSTRAINT category_proposals_user_fk FOREIGN KEY (decided_by) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- One row: when proposals were last looked for, so that several workers do it once.
CREATE TABLE category_proposal_runs (
  id TINYINT UNSIGNED NOT NULL PRIMARY KEY,
  ran_at DATETIME(6) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

INSERT INTO category_proposal_runs (id, ran_at) VALUES (1, '2000-01-01');
