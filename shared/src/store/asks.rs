//! Asking customers to refer: one item per program and customer, so that nobody is asked twice for one thing. It tells how
//! far that has come, and why somebody was not asked.

use aws_sdk_dynamodb::types::Update;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::due::due_at;
use super::key::{Key, Listed};
use super::list::listed;
use super::{OutboxRow, Page, Store, StoreError, Writes, if_held, text};
use crate::domain::days::days;
use crate::domain::id::{MerchantId, ProgramId};
use crate::domain::invite::Reason;
use crate::domain::order::OrderRef;
use crate::domain::person::PersonKey;

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskState {
    /// The invitation has its time, or waits for a better one.
    Waiting,
    /// The customer was asked; a reminder has its time.
    Asked,
    /// Not asked; another order may change that.
    Declined,
    /// Asked, and left alone since.
    Done,
}

impl AskState {
    /// As written in the API.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Asked, Self::Declined, Self::Done];
}

/// What made the customer one to be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskCause {
    Order(OrderRef),
    Milestone(String),
}

/// A customer in the eyes of one program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskRow {
    pub merchant: MerchantId,
    pub program: ProgramId,
    pub person: PersonKey,
    pub state: AskState,
    /// Why it waits, or why it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    pub cause: AskCause,
    /// When the customer first became one to be asked.
    pub first_at: Timestamp,
    /// When that was the last time.
    pub noted_at: Timestamp,
    /// Which call noted that, if it came with an idempotency key: a repeat knows its own work by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noted_by: Option<String>,
    /// Mails for this cause.
    pub asked: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Timestamp>,
    /// Mails in all; numbers them.
    pub mails: u32,
    /// When it is looked at again, if it is.
    pub due_at: Timestamp,
    /// Counts the changes; the fence.
    pub version: u64,
}

/// A customer who has become one to be asked.
#[derive(Clone, Debug)]
pub struct NewAsk {
    pub merchant: MerchantId,
    pub program: ProgramId,
    pub person: PersonKey,
    pub cause: AskCause,
    pub noted_at: Timestamp,
    pub noted_by: Option<String>,
    pub due_at: Timestamp,
    /// Who was asked may be asked anew so long after that; `None`: never.
    pub again: Option<SignedDuration>,
}

impl NewAsk {
    /// A customer who becomes one to be asked now, by the terms of the program.
    pub fn new(
        merchant: MerchantId,
        program: ProgramId,
        person: PersonKey,
        cause: AskCause,
        (delay_hours, again_days): (u32, Option<u32>),
        now: Timestamp,
    ) -> Self {
        let due_at = now.saturating_add(SignedDuration::from_hours(i64::from(delay_hours))).unwrap_or(now);
        Self { merchant, program, person, cause, noted_at: now, noted_by: None, due_at, again: again_days.map(days) }
    }

    fn first(&self) -> AskRow {
        AskRow {
            merchant: self.merchant,
            program: self.program,
            person: self.person.clone(),
            state: AskState::Waiting,
            reason: None,
            cause: self.cause.clone(),
            first_at: self.noted_at,
            noted_at: self.noted_at,
            noted_by: self.noted_by.clone(),
            asked: 0,
            asked_at: None,
            mails: 0,
            due_at: self.due_at,
            version: 1,
        }
    }

    /// What becomes of what is known; `None`: nothing, because it was noted before, or goes on, or is over.
    fn after(&self, known: &AskRow) -> Option<AskRow> {
        let again = match known.state {
            AskState::Waiting | AskState::Asked => false,
            AskState::Declined => known.cause != self.cause,
            AskState::Done => self.again.is_some_and(|rest| {
                let since = known.asked_at.unwrap_or(known.noted_at);
                known.cause != self.cause && since.saturating_add(rest).is_ok_and(|from| from <= self.noted_at)
            }),
        };
        again.then(|| AskRow {
            first_at: known.first_at,
            asked_at: known.asked_at,
            mails: known.mails,
            version: known.version + 1,
            ..self.first()
        })
    }
}

impl AskRow {
    fn index(&self, key: &Key) -> Vec<(&'static str, String)> {
        let mut index = listed(Listed::Asks, self.merchant, self.first_at, key).to_vec();
        if matches!(self.state, AskState::Waiting | AskState::Asked) {
            index.extend(due_at(key, self.due_at));
        }
        index
    }
}

impl Store {
    /// Notes a customer who is to be asked. `false`: that was noted before by another call, or the customer was asked.
    pub async fn note_ask(&self, ask: &NewAsk) -> Result<bool, StoreError> {
        let key = Key::ask(ask.program, &ask.person);
        let mut row = ask.first();
        let mut expected = None;
        loop {
            if if_held(self.put_version(&key, &row, &row.index(&key), expected).await)?.is_some() {
                return Ok(true);
            }
            let Some(known) = self.get::<AskRow>(&key).await? else { continue };
            expected = Some(known.version);
            match ask.after(&known) {
                Some(next) => row = next,
                None => return Ok(ask.noted_by.is_some() && ask.noted_by == known.noted_by),
            }
        }
    }

    /// How a program stands to a customer.
    pub async fn ask(&self, program: ProgramId, person: &PersonKey) -> Result<Option<AskRow>, StoreError> {
        self.get(&Key::ask(program, person)).await
    }

    /// The same by its partition key.
    pub async fn ask_at(&self, pk: &str) -> Result<Option<AskRow>, StoreError> {
        self.get(&Key::single(pk.to_owned())).await
    }

    /// A merchant's, newest first: of those that are wanted, after a position, so many.
    pub async fn asks(
        &self,
        merchant: MerchantId,
        page: (Option<&str>, usize),
        now: Timestamp,
        keep: impl Fn(&AskRow) -> bool,
    ) -> Result<Page<AskRow>, StoreError> {
        self.list_of(Listed::Asks, merchant, page, now, keep).await
    }

    /// Writes the next version. `false`: somebody else was first.
    pub async fn put_ask(&self, row: &AskRow) -> Result<bool, StoreError> {
        let key = Key::ask(row.program, &row.person);
        Ok(if_held(self.put_version(&key, row, &row.index(&key), Some(row.version - 1)).await)?.is_some())
    }

    /// Asks: the next version, the mail, and a mark on the person, unless another program asked since `asked_before`.
    /// `false`: somebody else was first.
    pub async fn send_ask(
        &self,
        row: &AskRow,
        mail: &OutboxRow,
        now: Timestamp,
        asked_before: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let key = Key::ask(row.program, &row.person);
        let mut writes = Writes::default();
        writes.put_version(self, &key, row, &row.index(&key), Some(row.version - 1))?;
        self.put_outbox(&mut writes, mail)?;
        let person = Key::person(row.merchant, &row.person);
        let update = Update::builder().table_name(&self.core).key("pk", text(person.pk)).key("sk", text(person.sk));
        let update = update.update_expression("SET asked_at = :now");
        let update = update.expression_attribute_values(":now", text(now.to_string()));
        let update = match asked_before {
            None => update.condition_expression("attribute_not_exists(asked_at) AND attribute_not_exists(erased_at)"),
            Some(before) => update
                .condition_expression("asked_at = :before AND attribute_not_exists(erased_at)")
                .expression_attribute_values(":before", text(before.to_string())),
        };
        writes.update(update)?;
        Ok(if_held(self.transact(writes).await)?.is_some())
    }
}

#[cfg(test)]
mod tests {
    use ulid::Ulid;

    use super::*;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn new(cause: &str, at: i64, again: Option<SignedDuration>) -> NewAsk {
        let at = Timestamp::from_second(1_800_000_000 + at).expect("a time");
        NewAsk {
            noted_by: None,
            merchant: MerchantId::new(Ulid::from_parts(1, 1)),
            program: ProgramId::new(Ulid::from_parts(1, 2)),
            person: PersonKey::from_hash([1; 16]),
            cause: AskCause::Milestone(cause.into()),
            noted_at: at,
            due_at: at,
            again,
        }
    }

    #[test]
    fn who_was_asked_is_asked_anew_only_for_a_new_cause_and_after_a_rest() {
        let known = |state| AskRow {
            state,
            asked: 1,
            mails: 3,
            asked_at: Some(new("a", 0, None).noted_at),
            ..new("a", 0, None).first()
        };
        let day = 86_400;
        let cases = [
            (AskState::Waiting, new("b", day, Some(DAY)), false),
            (AskState::Asked, new("b", day, Some(DAY)), false),
            (AskState::Declined, new("a", day, Some(DAY)), false),
            (AskState::Declined, new("b", 0, None), true),
            (AskState::Done, new("b", 100 * day, None), false),
            (AskState::Done, new("b", day - 1, Some(DAY)), false),
            (AskState::Done, new("b", day, Some(DAY)), true),
            (AskState::Done, new("a", day, Some(DAY)), false),
        ];
        for (state, ask, expected) in cases {
            let after = ask.after(&known(state));
            assert_eq!(after.is_some(), expected, "{state:?} {ask:?}");
            if let Some(after) = after {
                assert_eq!((after.state, after.asked, after.mails, after.version), (AskState::Waiting, 0, 3, 2));
            }
        }
    }
}
