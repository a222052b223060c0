-- Notifications about tickets: who caused them and by which message; and whom a message calls.
ALTER TABLE notifications
  ADD COLUMN actor_id BINARY(16) NULL,       -- NULL: the desk itself
  ADD COLUMN message_id BINARY(16) NULL;     -- NULL: not about a message

CREATE TABLE message_mentions (
  message_id BINARY(16) NOT NULL,
  user_id BINARY(16) NOT NULL,
  PRIMARY KEY (message_id, user_id),         -- whom the messages of a page call
  CONSTRAINT message_mentions_message_fk FOREIGN KEY (message_id) REFERENCES messages (id),
  CONSTRAINT message_mentions_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
