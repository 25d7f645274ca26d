//! Orders, referrals and the ledger: read one by one, written together. An order that nothing of ours is on costs one
//! write unit here; a change of money is one transaction, fenced by the order's version.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::Update;
use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::due::due_at;
use super::key::{Key, due_partition, ledger_partition};
use super::limits::{Counter, Moves};
use super::states::referral_place;
use super::{
    Account, AuditRow, Claim, DueItem, FreeCode, OutboxRow, READS_AT_ONCE, SavedAnswer, Store, StoreError, Writes,
    error, from_item, if_held, number, text,
};
use crate::domain::decide::{Candidate, Finding, History};
use crate::domain::decision::Decision;
use crate::domain::id::{AdvocateId, MerchantId, OutboxId, ProgramId, ReferralId, RewardId};
use crate::domain::ledger::Entry;
use crate::domain::order::{Facts, OrderRef};
use crate::domain::origin::Origin;
use crate::domain::person::PersonKey;
use crate::domain::referral::Referral;
use crate::domain::room::Room;
use crate::domain::tally::Nth;

/// Names one version of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramName {
    pub id: ProgramId,
    pub version: u32,
}

/// What a decision was made from, beside the order's facts: enough to replay it to the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    pub candidates: Vec<Candidate<ProgramName>>,
    pub history: History,
    /// What limits left for the order.
    #[serde(default)]
    pub room: Room,
}

impl Inputs {
    /// A link of ours is among the evidence.
    pub fn has_link(&self) -> bool {
        self.candidates.iter().any(|candidate| matches!(candidate.finding, Finding::Link(_)))
    }
}

/// What was entered into the buyer's timeline, so that it is not entered with every webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered {
    /// Under which keys. Left out of the stored order where they are those of its facts: see [`OrderRow::whole`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub persons: Vec<PersonKey>,
    pub placed_at: Timestamp,
    /// With the contact, so that the buyer can be written to.
    pub contact: bool,
    /// As a purchase. Most are, so that it is left out then.
    #[serde(default = "is_purchase", skip_serializing_if = "is_true")]
    pub purchase: bool,
}

const fn is_purchase() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
const fn is_true(flag: &bool) -> bool {
    *flag
}

/// An order as stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OrderRow {
    pub order: OrderRef,
    pub merchant: MerchantId,
    /// Counts the writes; the fence.
    pub version: u64,
    pub facts: Facts,
    pub decided_at: Timestamp,
    /// Left out where the order carries no evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inputs: Option<Inputs>,
    /// Left out where nothing on the order is ours; see `settle::decision_of`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referral: Option<ReferralId>,
    /// How the buyer's timeline has this order; `None`: not entered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entered: Option<Entered>,
    /// Places in timelines after which orders are still to be decided again because of this one.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub reopen: BTreeSet<(PersonKey, Timestamp)>,
    /// The so-manieth purchase of its buyer, as it was known when it became one; only counted, never decided by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nth: Option<Nth>,
    /// Where it is counted: where the friend's click came from, else the order's country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<Origin>,
}

impl OrderRow {
    /// An order of which nothing is known yet.
    fn unknown(order: OrderRef, merchant: MerchantId, now: Timestamp) -> Self {
        Self {
            order,
            merchant,
            version: 1,
            facts: Facts::default(),
            decided_at: now,
            inputs: None,
            decision: None,
            referral: None,
            entered: None,
            reopen: BTreeSet::new(),
            nth: None,
            via: None,
        }
    }
}

impl OrderRow {
    /// As it is stored: most orders are of no further interest, and shall fit into one write unit.
    fn lean(&self) -> Self {
        let mut row = self.clone();
        if let Some(entered) = row.entered.as_mut().filter(|entered| entered.persons.iter().eq(row.facts.persons())) {
            entered.persons = Vec::new();
        }
        row
    }

    /// The stored order with what its storage leaves out.
    #[must_use]
    pub fn whole(mut self) -> Self {
        if let Some(entered) = self.entered.as_mut().filter(|entered| entered.persons.is_empty()) {
            entered.persons = self.facts.persons().cloned().collect();
        }
        self
    }
}

/// Everything that one change of an order writes.
pub struct Commit {
    pub row: OrderRow,
    /// The version that was read; `None`: the order was not there.
    pub expected: Option<u64>,
    /// Referrals to write; `true`: the referral is new.
    pub referrals: Vec<(Referral, bool)>,
    pub entries: Vec<Entry>,
    pub outbox: Vec<OutboxRow>,
    /// What the commit takes of caps and budgets, or gives back.
    pub counters: BTreeMap<Counter, Moves>,
    /// Clawback accounts as they then are.
    pub accounts: BTreeMap<AdvocateId, Account>,
    /// Coupons that are given away.
    pub coupons: Vec<(FreeCode, RewardId)>,
    /// Referrals that are to be looked at again, because what their advocate owed has become less.
    pub due: Vec<ReferralId>,
    /// What a person did, for the record.
    pub audit: Vec<AuditRow>,
    /// The answer to the call that does it, under its idempotency key.
    pub answer: Option<(Claim, SavedAnswer)>,
    /// Messages that are in the outbox already and should be looked at again.
    pub wake: Vec<OutboxId>,
}

/// Where a failed condition of a commit says that its call was answered before.
pub const ANSWER_AT: usize = 1;

impl Commit {
    /// Nothing changes but the order itself.
    fn is_order_only(&self) -> bool {
        self.referrals.is_empty() && self.counters.is_empty() && self.outbox.is_empty() && self.audit.is_empty()
    }
}

impl Store {
    /// The order, strongly consistent.
    pub async fn order(&self, order: &OrderRef) -> Result<Option<OrderRow>, StoreError> {
        Ok(self.get::<OrderRow>(&Key::order(order)).await?.map(OrderRow::whole))
    }

    /// Several orders, strongly consistent; those that are not there are left out.
    pub async fn orders(&self, orders: &[OrderRef]) -> Result<Vec<OrderRow>, StoreError> {
        let mut rows = Vec::with_capacity(orders.len());
        for order in orders {
            rows.extend(self.order(order).await?);
        }
        Ok(rows)
    }

    /// Several orders, each as it was some milliseconds ago at most, in the order asked for.
    pub async fn orders_eventually(&self, orders: &[OrderRef]) -> Result<Vec<Option<OrderRow>>, StoreError> {
        let keys: Vec<_> = orders.iter().map(Key::order).collect();
        let rows = self.get_each_eventually::<OrderRow>(&keys).await?;
        Ok(rows.into_iter().map(|row| row.map(OrderRow::whole)).collect())
    }

    /// Takes the turn from whoever is settling this order and has not written it yet: they read it as it is in `stored`,
    /// and have to read again, and look again. `false`: it was written meanwhile. An order of which nothing is known is
    /// left where there was none.
    pub async fn overtake_order(
        &self,
        order: &OrderRef,
        merchant: MerchantId,
        stored: Option<&OrderRow>,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let expected = stored.map(|row| row.version);
        let mut row = stored.cloned().unwrap_or_else(|| OrderRow::unknown(order.clone(), merchant, now));
        row.version = expected.map_or(1, |version| version + 1);
        Ok(if_held(self.put_version(&Key::order(order), &row.lean(), &[], expected).await)?.is_some())
    }

    /// Notes that the later orders have been decided again, unless the order was changed meanwhile: then there is a new
    /// reason to look.
    pub async fn close_order(&self, row: &OrderRow) -> Result<(), StoreError> {
        let update =
            self.update(&Key::order(&row.order)).update_expression("REMOVE reopen").condition_expression("#v = :v");
        let update =
            update.expression_attribute_names("#v", "version").expression_attribute_values(":v", number(row.version));
        if_held(update.send().await.map_err(error)).map(drop)
    }

    /// The referral with its rewards.
    pub async fn referral(&self, id: ReferralId) -> Result<Option<Referral>, StoreError> {
        self.get(&Key::referral(id)).await
    }

    /// Has a referral looked at again: what it was judged by may have changed.
    pub async fn wake_referral(&self, id: ReferralId, now: Timestamp) -> Result<(), StoreError> {
        let key = Key::referral(id);
        let update = self.update(&key).update_expression("SET dpk = :dpk, dsk = :now");
        let update = update.condition_expression("attribute_exists(pk)");
        let update = update.expression_attribute_values(":dpk", text(due_partition(key.shard())));
        let update = update.expression_attribute_values(":now", text(format!("{now:.9}")));
        if_held(update.send().await.map_err(error)).map(drop)
    }

    /// Several referrals with their rewards; those that are not there are left out.
    pub async fn referrals(&self, ids: &[ReferralId]) -> Result<Vec<Referral>, StoreError> {
        let mut found = Vec::with_capacity(ids.len());
        for some in ids.chunks(READS_AT_ONCE) {
            // Boxed: as many of the SDK's large futures side by side are more than a caller's future should hold.
            let read = some.iter().map(|id| Box::pin(self.referral(*id)));
            found.extend(try_join_all(read).await?.into_iter().flatten());
        }
        Ok(found)
    }

    /// Puts a referral that was looked at and left as it is back to where it belongs in the index of due work; unless it
    /// has been moved there since, because there is a new reason to look.
    pub async fn rest_referral(&self, referral: &Referral, found: &DueItem) -> Result<(), StoreError> {
        let key = Key::referral(referral.id);
        let update = self.update(&key).condition_expression("dsk = :found");
        let update = update.expression_attribute_values(":found", text(&found.at));
        let update = match referral.due_at() {
            Some(at) => update
                .update_expression("SET dpk = :dpk, dsk = :at")
                .expression_attribute_values(":dpk", text(due_partition(key.shard())))
                .expression_attribute_values(":at", text(format!("{at:.3}"))),
            None => update.update_expression("REMOVE dpk, dsk"),
        };
        if_held(update.send().await.map_err(error)).map(drop)
    }

    /// Writes an order and everything that follows from it, all or nothing. A lost race is [`StoreError::Condition`]:
    /// read again and look.
    pub async fn commit(&self, commit: &Commit, now: Timestamp) -> Result<(), StoreError> {
        let key = Key::order(&commit.row.order);
        if commit.is_order_only() {
            return self.put_version(&key, &commit.row.lean(), &[], commit.expected).await;
        }
        let mut writes = Writes::default();
        writes.put_version(self, &key, &commit.row.lean(), &[], commit.expected)?;
        if let Some((claim, answer)) = &commit.answer {
            self.put_answer(&mut writes, claim, answer)?;
        }
        for (referral, new) in &commit.referrals {
            let key = Key::referral(referral.id);
            let mut index = referral_place(referral, &key);
            index.extend(referral.due_at().into_iter().flat_map(|at| due_at(&key, at)));
            // The order's version fences changes; a new one must not exist, so that no id can ever be used twice.
            if *new {
                writes.put_new(self, &key, referral, &index)?
            } else {
                writes.put_any(self, &key, referral, &index)?
            };
        }
        for entry in &commit.entries {
            writes.put_new(
                self,
                &Key::entry(entry.merchant, entry.advocate, entry.referral, entry.number),
                entry,
                &[],
            )?;
        }
        for row in &commit.outbox {
            self.put_outbox(&mut writes, row)?;
        }
        for (counter, moves) in commit.counters.iter().filter(|(_, moves)| !moves.is_empty()) {
            writes.count(self, counter, moves, now)?;
        }
        for (advocate, account) in &commit.accounts {
            writes.put_account(self, *advocate, account)?;
        }
        for (code, reward) in &commit.coupons {
            writes.take_code(self, commit.row.merchant, code, *reward, now)?;
        }
        for row in &commit.audit {
            writes.put_audit(self, row)?;
        }
        for id in &commit.due {
            let key = Key::referral(*id);
            let update = Update::builder().table_name(&self.core).update_expression("SET dpk = :dpk, dsk = :now");
            let update = update.condition_expression("attribute_exists(pk)");
            let update = update.expression_attribute_values(":dpk", text(due_partition(key.shard())));
            // So exact that no two look the same to `rest_referral`.
            let update = update.expression_attribute_values(":now", text(format!("{now:.9}")));
            writes.update(update.key("pk", text(key.pk)).key("sk", text(key.sk)))?;
        }
        for id in &commit.wake {
            let key = Key::outbox(*id);
            let update = Update::builder().table_name(&self.core).update_expression("SET dpk = :dpk, dsk = :now");
            let update = update.expression_attribute_values(":dpk", text(due_partition(key.shard())));
            let update = update.expression_attribute_values(":now", text(format!("{now:.3}")));
            writes.update(update.key("pk", text(key.pk)).key("sk", text(key.sk)))?;
        }
        self.transact(writes).await
    }

    /// How many of the advocate's referrals have orders that were placed in this time, the end included: counted up to 60
    /// entries, as they say it by their keys.
    pub async fn referrals_between(
        &self,
        merchant: MerchantId,
        advocate: AdvocateId,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<u32, StoreError> {
        // Up to the next millisecond: times in ids are no finer.
        let after = until.checked_add(SignedDuration::from_millis(1)).unwrap_or(until);
        let [since, after] = [since, after].map(|at| ReferralId::earliest_of(at).to_string());
        let query = self.client.query().table_name(&self.core).consistent_read(true).limit(60);
        let query =
            query.projection_expression("sk").key_condition_expression("pk = :pk AND sk BETWEEN :since AND :after");
        let query = query.expression_attribute_values(":pk", text(ledger_partition(merchant, advocate)));
        let query =
            query.expression_attribute_values(":since", text(since)).expression_attribute_values(":after", text(after));
        let items = query.send().await.map_err(error)?.items.unwrap_or_default();
        let keys = items.iter().filter_map(|item| item.get("sk")?.as_s().ok());
        let referrals: BTreeSet<_> = keys.filter_map(|key| key.split_once('#')).map(|(referral, _)| referral).collect();
        Ok(u32::try_from(referrals.len()).unwrap_or(u32::MAX))
    }

    /// A referral's entries, first to last (at most 1,000).
    pub async fn referral_entries(&self, referral: &Referral) -> Result<Vec<Entry>, StoreError> {
        let pk = ledger_partition(referral.merchant, referral.advocate);
        self.query_prefix(&pk, &format!("{}#", referral.id), false, 1000).await
    }

    /// An advocate's ledger, by when the referral's order was placed: at most `limit` entries after the position `after`, and the next position.
    pub async fn entries(
        &self,
        merchant: MerchantId,
        advocate: AdvocateId,
        after: Option<&str>,
        limit: i32,
    ) -> Result<(Vec<Entry>, Option<String>), StoreError> {
        let pk = ledger_partition(merchant, advocate);
        let query = self.client.query().table_name(&self.core).consistent_read(true).limit(limit);
        let query = query.key_condition_expression("pk = :pk").expression_attribute_values(":pk", text(&pk));
        let start = after.map(|sk| [("pk".to_owned(), text(&pk)), ("sk".to_owned(), text(sk))].into());
        let answer = query.set_exclusive_start_key(start).send().await.map_err(error)?;
        let next = answer.last_evaluated_key.and_then(|key| key.get("sk")?.as_s().ok().cloned());
        let entries = answer.items.unwrap_or_default().into_iter().map(from_item).collect::<Result<_, _>>()?;
        Ok((entries, next))
    }
}
