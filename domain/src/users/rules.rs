//! Pure checks of user input.

use crate::error::FieldErrors;

/// Trims and checks an address: one `@`, something on both sides, a dot-free host allowed
/// (`admin@localhost`), no spaces, at most 254 characters (RFC 5321 §4.5.3.1.3).
pub(crate) fn check_email(errors: &mut FieldErrors, path: &'static str, email: &str) -> String {
    let email = email.trim();
    let is_address = email.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty()
            && !host.is_empty()
            && !host.contains('@')
            && !host.starts_with('.')
            && !host.ends_with('.')
    });
    if !is_address
        || email.chars().count() > 254
        || email.chars().any(|c| c.is_whitespace() || c.is_control())
    {
        errors.add(path, format!("{email:?} is not an e-mail address"));
    }
    email.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_other_text() {
        for (email, ok) in [
            ("ada@example.org", true),
            (" ada@localhost ", true),
            ("ada", false),
            ("@example.org", false),
            ("ada@", false),
            ("a@b@c", false),
            ("a b@c.d", false),
            ("ada@.org", false),
        ] {
            let mut errors = FieldErrors::default();
            check_email(&mut errors, "email", email);
            assert_eq!(errors.into_result().is_ok(), ok, "{email:?}");
        }
    }
}
