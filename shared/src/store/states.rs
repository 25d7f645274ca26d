//! What is found by the state it is in: referrals by the states of their rewards, links by whether they work. A sparse
//! index of keys, in partitions by program, state and shard, so that a page of the few that wait for a person costs that page
//! among any number of others. Rows of a time before the index are placed when they change, or when a merchant first asks.

use futures_util::future::try_join_all;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::key::{BY_STATE, Key, Listed, STATE_SHARDS, state_partition};
use super::list::listed;
use super::{Item, Link, LinkState, Page, Store, StoreError, Writes, error, from_item, if_held, text};
use crate::domain::id::{MerchantId, ProgramId};
use crate::domain::mix::mix;
use crate::domain::referral::Referral;

/// Requests that are on their way at a time.
const AT_ONCE: usize = 32;
/// Rows of before that are looked at in one step.
const STEP: usize = 100;

/// What is found by its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stated {
    Referrals,
    Links,
}

impl Stated {
    const fn name(self) -> &'static str {
        match self {
            Self::Referrals => "referrals",
            Self::Links => "links",
        }
    }

    /// As its partitions have it.
    const fn letter(self) -> char {
        match self {
            Self::Referrals => 'r',
            Self::Links => 'l',
        }
    }

    const fn list(self) -> Listed {
        match self {
            Self::Referrals => Listed::Referrals,
            Self::Links => Listed::Links,
        }
    }
}

/// How far the rows of before the index are placed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct PlacedRow {
    #[serde(default)]
    referrals: Option<Placed>,
    #[serde(default)]
    links: Option<Placed>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Placed {
    All,
    /// Down to this position of the list.
    DownTo(String),
}

impl PlacedRow {
    fn of(&self, what: Stated) -> Option<&Placed> {
        match what {
            Stated::Referrals => self.referrals.as_ref(),
            Stated::Links => self.links.as_ref(),
        }
    }
}

/// A row of a list that may have no place yet.
#[derive(Deserialize)]
struct Unplaced {
    pk: String,
    spk: Option<String>,
}

fn place(what: Stated, program: ProgramId, state: &str, key: &Key) -> (&'static str, String) {
    ("spk", state_partition(what.letter(), program, state, key.state_shard()))
}

/// The index attributes of a referral.
pub(super) fn referral_place(referral: &Referral, key: &Key) -> Vec<(&'static str, String)> {
    let mut index = listed(Listed::Referrals, referral.merchant, referral.created_at, key).to_vec();
    index.push(place(Stated::Referrals, referral.program, &mix(referral), key));
    index
}

/// The index attributes of a link.
pub(super) fn link_place(link: &Link, key: &Key) -> Vec<(&'static str, String)> {
    let mut index = listed(Listed::Links, link.merchant, link.created_at, key).to_vec();
    index.push(place(Stated::Links, link.program, link_state(link.state), key));
    index
}

/// A link's state as its partitions are named.
pub const fn link_state(state: LinkState) -> &'static str {
    match state {
        LinkState::Active => "a",
        LinkState::Disabled => "d",
    }
}

impl Store {
    /// A page of what is in these states in these programs, newest first, after a position of the list. Each row is read
    /// anew, so it may be in another state by now.
    pub async fn in_states<T: DeserializeOwned>(
        &self,
        what: Stated,
        programs: &[ProgramId],
        states: &[String],
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page<T>, StoreError> {
        let mut partitions = Vec::new();
        for program in programs {
            for state in states {
                let of_shard = |shard| state_partition(what.letter(), *program, state, shard);
                partitions.extend((0..STATE_SHARDS).map(of_shard));
            }
        }
        let mut found: Vec<(String, Key)> = Vec::new();
        for some in partitions.chunks(AT_ONCE) {
            // Boxed: as many of the SDK's large futures side by side are more than a caller's future should hold.
            let asked = some.iter().map(|partition| Box::pin(self.in_state(partition, after, limit + 1)));
            found.extend(try_join_all(asked).await?.into_iter().flatten());
        }
        found.sort_by(|(one, _), (other, _)| other.cmp(one));
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|(position, _)| position.clone());
        let mut rows = Vec::with_capacity(found.len());
        for some in found.chunks(AT_ONCE) {
            let read = some.iter().map(|(_, key)| Box::pin(self.get::<T>(key)));
            rows.extend(try_join_all(read).await?.into_iter().flatten());
        }
        Ok(Page { rows, next })
    }

    /// Positions and keys of one partition, newest first.
    async fn in_state(
        &self,
        partition: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Key)>, StoreError> {
        let query = self.client.query().table_name(&self.core).index_name(BY_STATE).scan_index_forward(false);
        let query = query.limit(i32::try_from(limit).unwrap_or(i32::MAX));
        let query = query.expression_attribute_values(":spk", text(partition));
        let query = match after {
            None => query.key_condition_expression("spk = :spk"),
            Some(after) => query
                .key_condition_expression("spk = :spk AND msk < :after")
                .expression_attribute_values(":after", text(after)),
        };
        let items = query.send().await.map_err(error)?.items.unwrap_or_default();
        let text = |item: &Item, name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
        let found = |item: &Item| Some((text(item, "msk")?, Key { pk: text(item, "pk")?, sk: text(item, "sk")? }));
        Ok(items.iter().filter_map(found).collect())
    }

    /// A new merchant has no rows of before the index.
    pub(super) fn put_placed(&self, writes: &mut Writes, merchant: MerchantId) -> Result<(), StoreError> {
        let row = PlacedRow { referrals: Some(Placed::All), links: Some(Placed::All) };
        writes.put_any(self, &Key::placed(merchant), &row, &[]).map(drop)
    }

    /// Whether all of a merchant's rows have their place in the index. If not, places some: so long as `goes_on` says, and
    /// at least a hundred. May be said twice, by several at once, and stop anywhere.
    pub async fn all_placed(
        &self,
        what: Stated,
        merchant: MerchantId,
        now: Timestamp,
        goes_on: impl Fn() -> bool,
    ) -> Result<bool, StoreError> {
        let row: PlacedRow = self.get_eventually(&Key::placed(merchant)).await?.unwrap_or_default();
        let mut after = match row.of(what) {
            Some(Placed::All) => return Ok(true),
            Some(Placed::DownTo(position)) => Some(position.clone()),
            None => None,
        };
        loop {
            let page = self.list::<Unplaced>(what.list(), merchant, after.as_deref(), STEP, now).await?;
            let missing: Vec<_> = page.rows.iter().filter(|row| row.spk.is_none()).collect();
            for some in missing.chunks(AT_ONCE) {
                let placed = some.iter().map(|row| Box::pin(self.place_row(what, &row.pk)));
                try_join_all(placed).await?;
            }
            let placed = page.next.clone().map_or(Placed::All, Placed::DownTo);
            self.note_placed(what, merchant, &placed).await?;
            if placed == Placed::All {
                return Ok(true);
            }
            if !goes_on() {
                return Ok(false);
            }
            after = page.next;
        }
    }

    async fn place_row(&self, what: Stated, pk: &str) -> Result<(), StoreError> {
        let key = Key::single(pk.to_owned());
        let Some(item) = self.get_item(&key, true).await? else { return Ok(()) };
        match what {
            Stated::Referrals => self.place_referral(&from_item(item)?).await,
            Stated::Links => {
                let link: Link = from_item(item)?;
                self.place_unless_placed(&key, place(what, link.program, link_state(link.state), &key)).await
            }
        }
    }

    /// Gives a referral its place, unless it has one: whoever changed it meanwhile knows its state better.
    pub async fn place_referral(&self, referral: &Referral) -> Result<(), StoreError> {
        let key = Key::referral(referral.id);
        self.place_unless_placed(&key, place(Stated::Referrals, referral.program, &mix(referral), &key)).await
    }

    async fn place_unless_placed(&self, key: &Key, (_, place): (&str, String)) -> Result<(), StoreError> {
        let update = self.update(key).update_expression("SET spk = :spk");
        let update = update.condition_expression("attribute_not_exists(spk)");
        let update = update.expression_attribute_values(":spk", text(place));
        if_held(update.send().await.map_err(error)).map(drop)
    }

    /// Notes how far it is. The last word counts: what a slow worker takes back is placed once more, which changes nothing.
    async fn note_placed(&self, what: Stated, merchant: MerchantId, placed: &Placed) -> Result<(), StoreError> {
        let update = self.update(&Key::placed(merchant)).update_expression("SET #what = :placed");
        let update = update.expression_attribute_names("#what", what.name());
        let update = update.expression_attribute_values(":placed", super::value_of(placed)?);
        update.send().await.map(drop).map_err(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_it_is_can_be_read_again() {
        for what in [Stated::Referrals, Stated::Links] {
            let row: PlacedRow = serde_json::from_str(&format!("{{\"{}\": \"all\"}}", what.name())).expect("a row");
            assert_eq!(row.of(what), Some(&Placed::All));
        }
        let row = PlacedRow { referrals: Some(Placed::DownTo("x".into())), links: None };
        let written = serde_json::to_string(&row).expect("writes");
        assert_eq!(serde_json::from_str::<PlacedRow>(&written).expect("reads"), row);
    }
}
