//! What ties an order to a link, and which description of the order carried it last.
//!
//! Nothing is ever forgotten: a platform that leaves something out later does not undo what was there. But a newer
//! description that has something else of the same kind takes its place, and of two codes on one description the one that
//! was entered first leads. So each piece remembers the newest description with it, and its place there.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::code::Code;

/// What ties an order to a link, in the default order of strength.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// A person said that the order came by this code, after the fact.
    Manual(Code),
    /// A coupon code used at checkout.
    Coupon(Code),
    /// A click token in the order's attributes.
    Click(String),
    /// A click token in the order's landing URL.
    Landing(String),
    /// A code named through our API.
    Code(Code),
}

impl Evidence {
    /// The kinds, strongest first.
    const fn strength(&self) -> u8 {
        match self {
            Self::Manual(_) => 0,
            Self::Coupon(_) => 1,
            Self::Click(_) => 2,
            Self::Landing(_) => 3,
            Self::Code(_) => 4,
        }
    }
}

/// The newest description of an order that carried a piece of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// The platform's clock, as [`super::order::Snapshot::updated_at`].
    #[serde(with = "nanoseconds")]
    pub as_of: Timestamp,
    /// How many pieces were entered before it.
    #[serde(default, skip_serializing_if = "is_first")]
    pub place: u8,
}

/// A time as a number, which is half as long as text: an order of no further interest shall fit into one write unit.
pub(super) mod nanoseconds {
    use jiff::Timestamp;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in super::super) fn number(at: Timestamp) -> i64 {
        // Beyond the year 2262 all times are one.
        i64::try_from(at.as_nanosecond()).unwrap_or(i64::MAX)
    }

    pub(in super::super) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(number(*at))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        Timestamp::from_nanosecond(i64::deserialize(deserializer)?.into()).map_err(D::Error::custom)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes the field by reference")]
fn is_first(place: &u8) -> bool {
    *place == 0
}

impl Carried {
    /// What is known when both are: the newer description, and of one described twice the earlier place.
    fn joined(self, other: Self) -> Self {
        if (self.as_of, Reverse(self.place)) >= (other.as_of, Reverse(other.place)) { self } else { other }
    }
}

/// More evidence than any honest order carries; each piece costs a look-up, and all of it room in the order's row.
const MAX_PIECES: usize = 20;

/// All evidence of an order. `None` beside a piece: no description carried it (a person did), or it was stored before that
/// was noted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Stored>", into = "Vec<Stored>")]
pub struct Pieces(BTreeMap<Evidence, Option<Carried>>);

impl Pieces {
    /// What a description of an order carries, in the order of entry.
    pub fn told(as_of: Timestamp, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        let mut pieces = Self::default();
        for (place, evidence) in evidence.into_iter().enumerate() {
            let place = u8::try_from(place).unwrap_or(u8::MAX);
            pieces.0.entry(evidence).or_insert(Some(Carried { as_of, place }));
        }
        pieces
    }

    /// The same, where the platform does not say in which order its codes were entered.
    pub fn listed(as_of: Timestamp, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        let carried = Some(Carried { as_of, place: 0 });
        Self(evidence.into_iter().map(|evidence| (evidence, carried)).collect())
    }

    /// Nothing ties the order to anything.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is there.
    pub fn contains(&self, evidence: &Evidence) -> bool {
        self.0.contains_key(evidence)
    }

    /// Each piece.
    pub fn iter(&self) -> impl Iterator<Item = &Evidence> {
        self.0.keys()
    }

    /// Each piece with the newest description that carried it: the strongest kind first, and of one kind what the newest
    /// description has, in the order of entry.
    pub fn ranked(&self) -> Vec<(&Evidence, Option<Carried>)> {
        let mut ranked: Vec<_> = self.0.iter().map(|(evidence, carried)| (evidence, *carried)).collect();
        ranked.sort_by_key(|(evidence, carried)| rank(evidence, *carried));
        ranked
    }

    /// All that both have, each with its newest description. Of too many the best ranked stay: a piece that is left out
    /// has so many before it in any order of joining.
    #[must_use]
    pub fn joined(mut self, other: Self) -> Self {
        for (evidence, carried) in other.0 {
            let known = self.0.entry(evidence).or_insert(carried);
            *known = match (*known, carried) {
                (Some(one), Some(other)) => Some(one.joined(other)),
                (one, other) => one.or(other),
            };
        }
        if self.0.len() <= MAX_PIECES {
            return self;
        }
        let best = self.ranked().into_iter().take(MAX_PIECES);
        Self(best.map(|(evidence, carried)| (evidence.clone(), carried)).collect())
    }
}

type Rank<'a> = (u8, Reverse<Option<Timestamp>>, u8, &'a Evidence);

fn rank(evidence: &Evidence, carried: Option<Carried>) -> Rank<'_> {
    let as_of = carried.map(|carried| carried.as_of);
    (evidence.strength(), Reverse(as_of), carried.map_or(0, |carried| carried.place), evidence)
}

impl FromIterator<Evidence> for Pieces {
    /// As no description carried it.
    fn from_iter<I: IntoIterator<Item = Evidence>>(evidence: I) -> Self {
        Self(evidence.into_iter().map(|evidence| (evidence, None)).collect())
    }
}

impl IntoIterator for Pieces {
    type Item = Evidence;
    type IntoIter = std::collections::btree_map::IntoKeys<Evidence, Option<Carried>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_keys()
    }
}

impl<const N: usize> From<[Evidence; N]> for Pieces {
    fn from(evidence: [Evidence; N]) -> Self {
        evidence.into_iter().collect()
    }
}

/// A piece as it is written: the evidence, and the two fields beside it where they are known.
#[derive(Clone, Serialize, Deserialize)]
struct Stored {
    #[serde(flatten)]
    evidence: Evidence,
    #[serde(flatten)]
    carried: Option<Carried>,
}

impl From<Vec<Stored>> for Pieces {
    fn from(stored: Vec<Stored>) -> Self {
        Self(stored.into_iter().map(|piece| (piece.evidence, piece.carried)).collect())
    }
}

impl From<Pieces> for Vec<Stored> {
    fn from(pieces: Pieces) -> Self {
        pieces.0.into_iter().map(|(evidence, carried)| Stored { evidence, carried }).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).expect("in range")
    }

    fn coupon(code: &str) -> Evidence {
        Evidence::Coupon(code.parse().expect("a code"))
    }

    fn codes(pieces: &Pieces) -> Vec<String> {
        let name = |evidence: &Evidence| match evidence {
            Evidence::Manual(code) | Evidence::Coupon(code) | Evidence::Code(code) => code.to_string(),
            Evidence::Click(token) | Evidence::Landing(token) => token.clone(),
        };
        pieces.ranked().into_iter().map(|(evidence, _)| name(evidence)).collect()
    }

    #[test]
    fn the_strongest_kind_first_then_the_newest_description_then_the_order_of_entry() {
        let old = Pieces::told(at(1), [coupon("ANNA10"), Evidence::Click("token".into())]);
        let new =
            Pieces::told(at(2), [coupon("CLEO10"), coupon("BEA10"), Evidence::Code("DORA".parse().expect("a code"))]);
        let by_hand = Pieces::from([Evidence::Manual("EVA".parse().expect("a code"))]);
        let joined = old.clone().joined(new.clone()).joined(by_hand);
        assert_eq!(codes(&joined), ["EVA", "CLEO10", "BEA10", "ANNA10", "token", "DORA"]);
        // One that comes back is as new as the description that has it again.
        let again = joined.joined(Pieces::told(at(3), [coupon("ANNA10")]));
        assert_eq!(codes(&again)[1..4], ["ANNA10", "CLEO10", "BEA10"]);
    }

    #[test]
    fn what_was_stored_before_descriptions_were_noted_is_read_and_written_as_it_was() {
        let before = json!([{"coupon": "ANNA10"}, {"click": "token"}]);
        let pieces: Pieces = serde_json::from_value(before.clone()).expect("reads");
        assert_eq!(pieces, Pieces::from([coupon("ANNA10"), Evidence::Click("token".into())]));
        assert_eq!(serde_json::to_value(&pieces).expect("writes"), before);
        let told = pieces.joined(Pieces::told(at(5), [coupon("BEA10"), coupon("ANNA10")]));
        let stored = serde_json::to_value(&told).expect("writes");
        assert_eq!(stored[0], json!({"coupon": "ANNA10", "as_of": nanoseconds::number(at(5)), "place": 1}));
        assert_eq!(stored[2], json!({"click": "token"}));
        assert_eq!(serde_json::from_value::<Pieces>(stored).expect("reads"), told);
    }

    prop_compose! {
        /// More codes than there is room for.
        fn any_pieces()(told in prop::collection::vec((0_i64..3, prop::collection::vec(0_u8..30, 0..16)), 0..3)) -> Pieces {
            told.into_iter().fold(Pieces::default(), |pieces, (second, codes)| {
                let codes = codes.into_iter().map(|n| coupon(&format!("CODE{n}")));
                pieces.joined(Pieces::told(at(second), codes))
            })
        }
    }

    proptest! {
        #[test]
        fn joining_is_commutative_associative_and_idempotent(a in any_pieces(), b in any_pieces(), c in any_pieces()) {
            prop_assert_eq!(a.clone().joined(b.clone()), b.clone().joined(a.clone()));
            prop_assert_eq!(a.clone().joined(b.clone()).joined(c.clone()), a.clone().joined(b.joined(c)));
            prop_assert_eq!(a.clone().joined(a.clone()), a);
        }
    }
}
