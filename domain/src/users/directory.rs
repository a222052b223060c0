//! People this process knows already: nearly every answer names some.

use std::num::NonZeroUsize;

use super::{User, queries};
use crate::db::Pool;
use crate::error::Result;
use crate::ids::UserId;
use crate::remembered::{Followed, Remembered};

/// People remembered at most; some 300 bytes each.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(10_000).expect("not zero");

#[derive(Clone)]
pub struct Directory(Remembered<UserId, User>);

impl Default for Directory {
    fn default() -> Self {
        Self(Remembered::new(CAPACITY))
    }
}

impl Directory {
    /// A user, if remembered and unchanged.
    pub(crate) fn recall(&self, log: Followed<'_>, id: UserId) -> Option<User> {
        log.is_current().then(|| self.0.get(&id, |_, at| log.is_unchanged(id, at))).flatten()
    }

    /// As [`super::find_many`], from memory where that is safe.
    ///
    /// # Errors
    /// [`crate::Error::Unavailable`] when somebody is not remembered and the database is away.
    pub(crate) async fn find_many(
        &self,
        pool: &Pool,
        log: Followed<'_>,
        ids: &[UserId],
    ) -> Result<Vec<User>> {
        let (mut found, mut unknown) = (Vec::with_capacity(ids.len()), Vec::new());
        for id in ids {
            match self.recall(log, *id) {
                Some(user) => found.push(user),
                None => unknown.push(*id),
            }
        }
        if !unknown.is_empty() {
            let at = log.position();
            for user in queries::find_many(&mut *pool.get().await?, &unknown).await? {
                self.0.put(user.id, user.clone(), at);
                found.push(user);
            }
        }
        Ok(found)
    }
}
