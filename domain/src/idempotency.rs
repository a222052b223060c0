//! Requests that may be repeated: the first one's result answers all.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::db::schema::idempotency_keys;
use crate::db::violated_key;
use crate::error::{ConflictCode, Error, FieldErrors, Result};
use crate::ids::UserId;
use crate::{Conn, Timestamp};

/// Longest accepted key, in characters.
pub const KEY_MAX_CHARS: usize = 100;

#[derive(Insertable)]
#[diesel(table_name = idempotency_keys)]
#[diesel(treat_none_as_default_value = false)]
struct NewRow<'a> {
    user_id: UserId,
    idempotency_key: &'a str,
    request_hash: Vec<u8>,
    result_id: Vec<u8>,
    created_at: Timestamp,
}

/// Claims `key` for a request that will create `result`; returns the earlier result when the same
/// request was already done.
///
/// Call first in the creating transaction: a concurrent repeat waits here for the first one's
/// commit. A rolled back request leaves the key free.
///
/// # Errors
/// [`ConflictCode::IdempotencyKeyReused`] when the key stands for another request.
pub async fn claim<R: Serialize>(
    conn: &mut Conn,
    user: UserId,
    key: &str,
    request: &R,
    result: Uuid,
) -> Result<Option<Uuid>> {
    let json = serde_json::to_vec(request).map_err(Error::internal)?;
    let row = NewRow {
        user_id: user,
        idempotency_key: key,
        request_hash: Sha256::digest(&json).to_vec(),
        result_id: result.as_bytes().to_vec(),
        created_at: Timestamp::now(),
    };
    match diesel::insert_into(idempotency_keys::table).values(&row).execute(conn).await {
        Ok(_) => return Ok(None),
        Err(error) if violated_key(&error).is_some() => {}
        Err(error) => return Err(error.into()),
    }
    let (hash, earlier): (Vec<u8>, Vec<u8>) = idempotency_keys::table
        .find((user, key))
        .select((idempotency_keys::request_hash, idempotency_keys::result_id))
        .first(conn)
        .await?;
    if hash != row.request_hash {
        return Err(Error::conflict(
            ConflictCode::IdempotencyKeyReused,
            "idempotencyKey",
            "this key was used for a different request; take a new key",
        ));
    }
    Uuid::from_slice(&earlier).map(Some).map_err(Error::internal)
}

/// Reports a bad `idempotencyKey`: empty, over [`KEY_MAX_CHARS`], or with control characters.
pub(crate) fn check_key(errors: &mut FieldErrors, key: Option<&str>) {
    if let Some(key) = key {
        errors.line("idempotencyKey", key, KEY_MAX_CHARS);
    }
}
