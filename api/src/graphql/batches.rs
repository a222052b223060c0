//! Collects what resolvers ask for, so that all of one kind is read by one statement.
//!
//! The library's own `DataLoader` waits a millisecond for further keys before each batch, which is
//! longer than most statements take. Here whoever runs the operation says when a batch begins.

use async_graphql::dataloader::Loader;
use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::BoxFuture;
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex};

use super::error::{ApiError, ApiResult};
use super::loaders::Batches;

const UNPOISONED: &str = "nobody panics with the lock";

/// The batches of one request or subscription. Remembers nothing: what is asked for again after a
/// batch was read is read again.
pub struct BatchLoader {
    batches: Arc<Batches>,
    /// By the type of their keys.
    waiting: Arc<Mutex<HashMap<TypeId, Box<dyn Any + Send>>>>,
    start: Box<dyn Fn(BoxFuture<'static, ()>) + Send + Sync>,
}

/// Who waits for a key.
type Waiting<K, V> = HashMap<K, Vec<oneshot::Sender<ApiResult<Option<V>>>>>;

impl BatchLoader {
    /// `start` runs each batch, as late as it likes: keys that come before its first poll are part of it.
    pub fn new(
        batches: Batches,
        start: impl Fn(BoxFuture<'static, ()>) + Send + Sync + 'static,
    ) -> Self {
        Self { batches: Arc::new(batches), waiting: Arc::default(), start: Box::new(start) }
    }

    /// The value of a key, read together with all others of its kind that are wanted now. `None` when
    /// there is none, or the caller may not see it.
    ///
    /// # Errors
    /// As the loader's.
    pub async fn load_one<K>(&self, key: K) -> ApiResult<Option<<Batches as Loader<K>>::Value>>
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        Batches: Loader<K, Error = ApiError>,
    {
        let (answer, value) = oneshot::channel();
        let is_first = {
            let mut waiting = self.waiting.lock().expect(UNPOISONED);
            let waiting = waiting_for::<K>(&mut waiting);
            let is_first = waiting.is_empty();
            waiting.entry(key).or_default().push(answer);
            is_first
        };
        if is_first {
            let (batches, waiting) = (self.batches.clone(), self.waiting.clone());
            (self.start)(run::<K>(batches, waiting).boxed());
        }
        // Only when the batch was dropped with the operation, and then nobody reads the answer.
        value.await.unwrap_or(Ok(None))
    }
}

fn waiting_for<K>(
    all: &mut HashMap<TypeId, Box<dyn Any + Send>>,
) -> &mut Waiting<K, <Batches as Loader<K>>::Value>
where
    K: Send + Sync + Hash + Eq + Clone + 'static,
    Batches: Loader<K>,
{
    let waiting = all
        .entry(TypeId::of::<K>())
        .or_insert_with(|| Box::new(Waiting::<K, <Batches as Loader<K>>::Value>::new()));
    waiting.downcast_mut().expect("the map's keys are the types in it")
}

async fn run<K>(batches: Arc<Batches>, waiting: Arc<Mutex<HashMap<TypeId, Box<dyn Any + Send>>>>)
where
    K: Send + Sync + Hash + Eq + Clone + 'static,
    Batches: Loader<K, Error = ApiError>,
{
    let wanted = std::mem::take(waiting_for::<K>(&mut waiting.lock().expect(UNPOISONED)));
    let keys: Vec<K> = wanted.keys().cloned().collect();
    let found = batches.load(&keys).await;
    for (key, answers) in wanted {
        let value = match &found {
            Ok(values) => Ok(values.get(&key).cloned()),
            Err(error) => Err(error.clone()),
        };
        for answer in answers {
            // Whoever asked may be gone.
            let _ = answer.send(value.clone());
        }
    }
}
