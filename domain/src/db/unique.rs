//! Reads what the database says only in prose.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// The unique key a write ran into, such as `users_email`; `None` for any other error.
///
/// MySQL and MariaDB give no constraint name, only the text `Duplicate entry 'x' for key
/// 'users_email'`; MySQL 8 and later put the table before it: `'users.users_email'`.
pub fn violated_key(error: &DieselError) -> Option<&str> {
    let DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, info) = error else {
        return None;
    };
    let (_, key) = info.message().trim_end_matches('\'').rsplit_once(" for key '")?;
    Some(key.rsplit_once('.').map_or(key, |(_, key)| key))
}

/// The foreign key a write ran into, such as `tickets_queue_fk`; `None` for any other error.
pub fn violated_reference(error: &DieselError) -> Option<&str> {
    let DieselError::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, info) = error else {
        return None;
    };
    let (_, from_name) = info.message().split_once("CONSTRAINT `")?;
    Some(from_name.split_once('`')?.0)
}

/// The driver's words for a connection that broke or a server that is going away.
pub(super) fn says_connection_lost(message: &str) -> bool {
    const SIGNS: &[&str] = &[
        "Input/output error",
        "Driver error",
        "Server shutdown in progress",
        "Connection was killed",
        "Too many connections",
        "is in read-only mode",
        "--read-only option",
    ];
    SIGNS.iter().any(|sign| message.contains(sign))
}

/// InnoDB chose this transaction as a deadlock's victim; the same transaction may succeed now.
pub(super) fn is_deadlock(error: &DieselError) -> bool {
    matches!(error, DieselError::DatabaseError(_, info)
        if info.message().starts_with("Deadlock found")
            || info.message().starts_with("Record has changed since last read"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn duplicate(message: &str) -> DieselError {
        DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, Box::new(message.to_owned()))
    }

    #[test]
    fn both_servers_spellings_name_the_key() {
        for text in [
            "Duplicate entry 'a@b.c' for key 'users_email'",
            "Duplicate entry 'a@b.c' for key 'users.users_email'",
            "Duplicate entry 'x' for key 'y' for key 'users.users_email'",
        ] {
            assert_eq!(violated_key(&duplicate(text)), Some("users_email"));
        }
    }

    #[test]
    fn other_errors_name_no_key() {
        assert_eq!(violated_key(&DieselError::NotFound), None);
    }
}
