-- What the desk tells one person, until they have read it.
CREATE TABLE notifications (
  id BINARY(16) NOT NULL PRIMARY KEY,
  user_id BINARY(16) NOT NULL,
  kind VARCHAR(32) NOT NULL,
  subject_id BINARY(16) NOT NULL,            -- what it is about; the kind says which noun
  text VARCHAR(500) NOT NULL,
  created_at DATETIME(6) NOT NULL,
  read_at DATETIME(6) NULL,
  KEY notifications_user (user_id, id),            -- a person's, newest first
  KEY notifications_unread (user_id, read_at, id), -- how many are unread, and which
  CONSTRAINT notifications_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
