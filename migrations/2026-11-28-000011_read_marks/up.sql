-- How far each person has seen each ticket.
CREATE TABLE read_marks (
  user_id BINARY(16) NOT NULL,
  ticket_id BINARY(16) NOT NULL,
  seq BIGINT UNSIGNED NOT NULL,              -- events of the ticket up to here were seen
  PRIMARY KEY (user_id, ticket_id),          -- marks of a page of tickets
  CONSTRAINT read_marks_user_fk FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT read_marks_ticket_fk FOREIGN KEY (ticket_id) REFERENCES tickets (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

-- What happened before this counts as seen, marked or not. NULL: before the user was created.
ALTER TABLE users ADD COLUMN seen_from DATETIME(6) NULL;
-- Nobody begins with a desk full of news from years ago.
UPDATE users SET seen_from = UTC_TIMESTAMP(6);
