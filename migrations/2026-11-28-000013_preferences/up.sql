-- How each person wants the desk. Who has no row has every default.
CREATE TABLE user_preferences (
  user_id BINARY(16) NOT NULL PRIMARY KEY,
  locale VARCHAR(35) NULL,                   -- BCP 47; NULL: the client's own
  time_zone VARCHAR(64) NULL,                -- IANA; NULL: the client's own
  theme VARCHAR(16) NOT NULL,
  muted VARCHAR(500) NOT NULL,               -- kinds of notifications, with spaces between them
  CONSTRAINT user_preferences_user_fk FOREIGN KEY (user_id) REFERENCES users (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
