//! Who is asking, and in which queues: one indexed statement at each request.

use axum::http::{HeaderMap, StatusCode, header};
use mysql_async::Conn;
use mysql_async::prelude::Queryable;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use crate::answer::{Answer, Refusal};

/// A signed-in user's rights.
pub struct Viewer {
    pub user: Vec<u8>,
    is_admin: bool,
    /// Queues with the right on each; few, so a list is searched fastest.
    queues: Vec<(Vec<u8>, String)>,
}

impl Viewer {
    pub fn may_see(&self, queue: &[u8]) -> bool {
        self.is_admin || self.queues.iter().any(|(id, _)| id == queue)
    }

    pub fn may_reply(&self, queue: &[u8]) -> bool {
        let may = |(id, right): &(Vec<u8>, String)| id == queue && right != "read";
        self.is_admin || self.queues.iter().any(may)
    }
}

/// User, role, queue and right; without the last two for a user who is in no queue.
type Right = (Vec<u8>, String, Option<Vec<u8>>, Option<String>);
type Known = HashMap<[u8; 32], (Instant, Arc<Viewer>)>;

#[derive(Clone)]
pub struct Sessions {
    /// How long an answer of the database is believed; `None` asks each time.
    keep: Option<Duration>,
    known: Arc<RwLock<Known>>,
}

impl Sessions {
    pub fn new(keep: Option<Duration>) -> Self {
        Self { keep, known: Arc::default() }
    }

    pub async fn viewer(&self, conn: &mut Conn, headers: &HeaderMap) -> Answer<Arc<Viewer>> {
        let hash = hash(headers).ok_or_else(unknown)?;
        let Some(keep) = self.keep else { return Ok(Arc::new(load(conn, &hash).await?)) };
        if let Some((at, viewer)) = self.known.read().expect("nobody panics with it").get(&hash)
            && at.elapsed() < keep
        {
            return Ok(viewer.clone());
        }
        let viewer = Arc::new(load(conn, &hash).await?);
        let fresh = (Instant::now(), viewer.clone());
        self.known.write().expect("nobody panics with it").insert(hash, fresh);
        Ok(viewer)
    }
}

fn hash(headers: &HeaderMap) -> Option<[u8; 32]> {
    let secret = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
    Some(Sha256::digest(secret.as_bytes()).into())
}

async fn load(conn: &mut Conn, hash: &[u8; 32]) -> Answer<Viewer> {
    let rows: Vec<Right> = conn
        .exec(
            "SELECT u.id, u.role, m.queue_id, m.queue_right
             FROM sessions s
             JOIN users u ON u.id = s.user_id AND u.active
             LEFT JOIN queue_members m ON m.user_id = u.id
             WHERE s.token_hash = ? AND s.expires_at > UTC_TIMESTAMP(6)",
            (&hash[..],),
        )
        .await?;
    let (user, role) = match rows.first() {
        Some((user, role, ..)) => (user.clone(), role.clone()),
        None => return Err(unknown()),
    };
    Ok(Viewer {
        user,
        is_admin: role == "admin",
        queues: rows.into_iter().filter_map(|(_, _, queue, right)| queue.zip(right)).collect(),
    })
}

fn unknown() -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, "no such session")
}
