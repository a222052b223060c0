//! Ending a process without breaking off what is under way.

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// Tells open sockets that the process stops, and waits for them; cheap to clone.
#[derive(Clone, Default)]
pub struct Stopping {
    begun: CancellationToken,
    sockets: TaskTracker,
}

impl Stopping {
    /// Asks every socket to close, now and in future.
    pub fn begin(&self) {
        self.begun.cancel();
        self.sockets.close();
    }

    /// Waits for [`Stopping::begin`].
    pub async fn begun(&self) {
        self.begun.cancelled().await;
    }

    /// Waits until all sockets are closed; not before [`Stopping::begin`].
    pub async fn sockets_closed(&self) {
        self.sockets.wait().await;
    }

    /// Counts a socket as open until it is dropped.
    pub(super) fn socket(&self) -> TaskTrackerToken {
        self.sockets.token()
    }
}
