//! Kinds of items, as their partition keys begin with them: those that somebody looks at without knowing what will come, as
//! readers of streams and of what is due do.

use std::fmt::Display;

/// A kind of item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    Advocate,
    /// Whether a customer is asked to refer.
    Ask,
    Click,
    /// A merchant's day that is over soon.
    Day,
    Digest,
    Job,
    Link,
    /// What is in a merchant's partition: the merchant, programs, pools, webhook endpoints.
    Merchant,
    Order,
    Outbox,
    Parked,
    Person,
    /// A request about personal data.
    Privacy,
    Referral,
}

impl RowKind {
    const ALL: [Self; 14] = [
        Self::Advocate,
        Self::Ask,
        Self::Click,
        Self::Day,
        Self::Digest,
        Self::Job,
        Self::Link,
        Self::Merchant,
        Self::Order,
        Self::Outbox,
        Self::Parked,
        Self::Person,
        Self::Privacy,
        Self::Referral,
    ];

    /// How its partition keys begin; a `#` follows.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Advocate => "ADV",
            Self::Ask => "ASK",
            Self::Click => "CLK",
            Self::Day => "DAY",
            Self::Digest => "DIG",
            Self::Job => "JOB",
            Self::Link => "LNK",
            Self::Merchant => "MER",
            Self::Order => "ORD",
            Self::Outbox => "OUT",
            Self::Parked => "PRK",
            Self::Person => "PER",
            Self::Privacy => "PRQ",
            Self::Referral => "REF",
        }
    }

    /// The partition key of an item of this kind.
    pub(crate) fn pk(self, id: impl Display) -> String {
        format!("{}#{id}", self.prefix())
    }

    /// The kind of an item, and what its partition key has behind it: its id, or several. `None`: a kind that nobody looks
    /// at so.
    pub fn of(pk: &str) -> Option<(Self, &str)> {
        let (prefix, id) = pk.split_once('#')?;
        Self::ALL.into_iter().find(|kind| kind.prefix() == prefix).map(|kind| (kind, id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_known_by_its_keys() {
        for kind in RowKind::ALL {
            assert_eq!(RowKind::of(&kind.pk("a#b")), Some((kind, "a#b")));
        }
        for other in ["", "OUT", "LED#1", "out#1"] {
            assert_eq!(RowKind::of(other), None, "{other}");
        }
    }
}
