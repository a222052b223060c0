//! Argon2id (RFC 9106) password hashes, computed off the async threads.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use secrecy::{ExposeSecret, SecretString};
use std::sync::LazyLock;

use crate::error::{Error, FieldErrors, Result};

pub const PASSWORD_MIN_CHARS: usize = 10;
/// Longer input is refused before hashing, so nobody can keep the hasher busy with megabytes.
const PASSWORD_MAX_BYTES: usize = 1024;

/// What an unknown user's password is checked against, so that both answers take equal time.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| hash("nobody has this password").expect("default parameters are valid"));

pub(crate) fn check(errors: &mut FieldErrors, path: &'static str, password: &SecretString) {
    let password = password.expose_secret();
    if password.chars().count() < PASSWORD_MIN_CHARS {
        errors.add(path, format!("must have at least {PASSWORD_MIN_CHARS} characters"));
    } else if password.len() > PASSWORD_MAX_BYTES {
        errors.add(path, format!("must have at most {PASSWORD_MAX_BYTES} bytes"));
    }
}

/// # Errors
/// [`Error::Internal`] when hashing fails.
pub async fn hash_password(password: SecretString) -> Result<String> {
    tokio::task::spawn_blocking(move || hash(password.expose_secret()))
        .await
        .map_err(Error::internal)?
        .map_err(|e| Error::internal(e.to_string()))
}

/// Compares in equal time whether or not there is a hash to compare with.
///
/// # Errors
/// [`Error::Internal`] when the stored hash cannot be read.
pub async fn verify_password(stored: Option<String>, password: SecretString) -> Result<bool> {
    tokio::task::spawn_blocking(move || {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| NOBODY.clone());
        let hash = PasswordHash::new(&stored).map_err(|e| Error::internal(e.to_string()))?;
        let password = password.expose_secret().as_bytes();
        let password = &password[..password.len().min(PASSWORD_MAX_BYTES)];
        Ok(Argon2::default().verify_password(password, &hash).is_ok() && known)
    })
    .await
    .map_err(Error::internal)?
}

fn hash(password: &str) -> Result<String, argon2::password_hash::Error> {
    Ok(Argon2::default().hash_password(password.as_bytes())?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_verifies_only_against_its_own_hash() {
        let stored = hash_password("correct horse".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$"), "{stored}");
        assert!(verify_password(Some(stored.clone()), "correct horse".into()).await.unwrap());
        assert!(!verify_password(Some(stored), "wrong horse".into()).await.unwrap());
        assert!(!verify_password(None, "nobody has this password".into()).await.unwrap());
    }
}
