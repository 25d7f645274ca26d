//! Holds one call on its way until a test lets it go on: that is how two workers meet in the same order every time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

/// Longer than anything takes that a test waits for; shorter than its patience.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Waiting,
    Caught,
    Open,
}

/// A gate that holds the next matching call, and none after it. Dropping it lets the call go on.
#[derive(Debug)]
pub struct Gate(Arc<watch::Sender<Stage>>);

impl Gate {
    pub(super) fn new() -> (Self, Post) {
        let stage = Arc::new(watch::Sender::new(Stage::Waiting));
        (Self(stage.clone()), Post(stage))
    }

    /// Waits until a call stands at the gate. The error says that none came.
    pub async fn caught(&self) -> Result<(), String> {
        let mut stage = self.0.subscribe();
        let come = timeout(PATIENCE, stage.wait_for(|stage| *stage != Stage::Waiting)).await;
        come.map(drop).map_err(|_| "no call came to the gate".to_owned())
    }

    /// Lets the call go on.
    pub fn open(&self) {
        self.0.send_replace(Stage::Open);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.open();
    }
}

/// The gate as the wire has it.
#[derive(Debug)]
pub(super) struct Post(Arc<watch::Sender<Stage>>);

impl Post {
    /// Stands at the gate until it is open.
    pub(super) async fn wait(self) {
        self.0.send_if_modified(|stage| {
            let first = *stage == Stage::Waiting;
            if first {
                *stage = Stage::Caught;
            }
            first
        });
        // Fails only without a sender, and this is one.
        let _ = self.0.subscribe().wait_for(|stage| *stage == Stage::Open).await;
    }
}
