mod notifications;
mod organisations;
mod sessions;
mod tokens;
mod users;
