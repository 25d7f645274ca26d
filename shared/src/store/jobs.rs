//! Long work that is done in steps: reading a shop's history, asking what changed. Each step notes how far it came, so
//! that work that is cut off goes on from there; of two workers the slower one's note does not hold.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::due::due_at;
use super::key::Key;
use super::{Shop, Store, StoreError, Writes, if_held};
use crate::domain::id::{MerchantId, ShopId};
use crate::domain::portion::Portion;

/// What is done. One of each kind per shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Reads the orders from before the shop was connected.
    Backfill,
    /// Asks what changed, for what no webhook told.
    Poll,
    /// Asks for orders by id whose rewards may still change. See `jobs::check`.
    Check,
    /// Has the codes of the shop's links follow what they should be at the platform's checkout.
    Codes,
    /// Has codes of rewards tried again that wait for the shop's platform. See `jobs::waiting`.
    Waiting,
}

impl Task {
    /// As in keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Backfill => "backfill",
            Self::Poll => "poll",
            Self::Check => "check",
            Self::Codes => "codes",
            Self::Waiting => "waiting",
        }
    }
}

/// Whether there is more to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    Running,
    Done,
}

/// How far work has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRow {
    pub task: Task,
    pub shop: ShopId,
    pub merchant: MerchantId,
    pub state: JobState,
    /// Where the next step begins, in the words of whoever does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Of a backfill: orders placed before this. Of a poll: changed since this.
    pub since: Timestamp,
    /// When the present round began.
    pub round_at: Timestamp,
    /// Of a poll: when orders were last asked for by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<Timestamp>,
    /// What was looked at, and what of it was entered.
    pub seen: u64,
    pub entered: u64,
    /// How much the next step asks for.
    #[serde(default)]
    pub portion: Portion,
    /// Failures since the last step that went well.
    pub failures: u32,
    /// What went wrong last, without personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    pub started_at: Timestamp,
    pub updated_at: Timestamp,
    /// When it goes on.
    pub due_at: Timestamp,
    /// Counts the steps; the fence.
    pub version: u64,
}

impl JobRow {
    /// Work that begins now. `since`: see there.
    pub fn new(task: Task, shop: ShopId, merchant: MerchantId, since: Timestamp, now: Timestamp) -> Self {
        Self {
            task,
            shop,
            merchant,
            state: JobState::Running,
            cursor: None,
            since,
            round_at: now,
            checked_at: None,
            seen: 0,
            entered: 0,
            portion: Portion::default(),
            failures: 0,
            error: None,
            started_at: now,
            updated_at: now,
            due_at: now,
            version: 1,
        }
    }
}

impl Store {
    /// Adds a new job to the writes.
    pub fn add_job(&self, writes: &mut Writes, row: &JobRow) -> Result<(), StoreError> {
        let key = Key::job(row.shop, row.task.as_str());
        writes.put_new(self, &key, row, &due_at(&key, row.due_at)).map(drop)
    }

    /// Writes a job that must be new, or the next version of one. `false`: somebody else was first.
    pub async fn put_job(&self, row: &JobRow) -> Result<bool, StoreError> {
        let key = Key::job(row.shop, row.task.as_str());
        let index = if row.state == JobState::Running { due_at(&key, row.due_at).to_vec() } else { Vec::new() };
        let previous = (row.version > 1).then(|| row.version - 1);
        Ok(if_held(self.put_version(&key, row, &index, previous).await)?.is_some())
    }

    /// Begins a job, or begins it anew.
    pub async fn restart_job(
        &self,
        task: Task,
        shop: ShopId,
        merchant: MerchantId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        loop {
            let fresh = JobRow::new(task, shop, merchant, now, now);
            let row = match self.job(shop, task).await? {
                None => fresh,
                Some(known) => JobRow { version: known.version + 1, ..fresh },
            };
            if self.put_job(&row).await? {
                return Ok(());
            }
        }
    }

    /// Has a shop be asked what changed now, from where it was: it has new access, so no wait after failures holds. Begins
    /// it, if there is none.
    pub async fn poll_now(&self, shop: &Shop, now: Timestamp) -> Result<(), StoreError> {
        loop {
            let row = match self.job(shop.id, Task::Poll).await? {
                None => JobRow::new(Task::Poll, shop.id, shop.merchant, shop.created_at, now),
                Some(row) if row.failures == 0 && row.due_at <= now => return Ok(()),
                // Failures are forgotten once it went well, not before.
                Some(row) => JobRow { due_at: now, version: row.version + 1, ..row },
            };
            if self.put_job(&row).await? {
                return Ok(());
            }
        }
    }

    /// Has a job that waits go on now, where it was.
    pub async fn hurry_job(&self, task: Task, shop: ShopId, now: Timestamp) -> Result<(), StoreError> {
        let waits = |row: &JobRow| row.state == JobState::Running && now < row.due_at;
        while let Some(row) = self.job(shop, task).await?.filter(waits) {
            if self.put_job(&JobRow { due_at: now, version: row.version + 1, ..row }).await? {
                break;
            }
        }
        Ok(())
    }

    /// The shop's job of this kind.
    pub async fn job(&self, shop: ShopId, task: Task) -> Result<Option<JobRow>, StoreError> {
        self.get(&Key::job(shop, task.as_str())).await
    }

    /// A job by its partition key.
    pub async fn job_at(&self, pk: &str) -> Result<Option<JobRow>, StoreError> {
        self.get(&Key::single(pk.to_owned())).await
    }
}
