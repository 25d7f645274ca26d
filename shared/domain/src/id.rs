//! Typed ids: a prefix and a ULID, so that an advocate's id can't be passed where a friend's is due, and a log line
//! says what it names. Ids of things that follow from an order are derived from it, so that a repeat finds itself.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ulid::Ulid;

/// The text is not an id of the kind that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be an id that starts with \"{prefix}\"")]
pub struct InvalidId {
    /// What the id should have started with, e.g. `adv_`.
    pub prefix: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(Ulid);

        impl $name {
            /// What every id of this kind starts with.
            pub const PREFIX: &'static str = $prefix;

            /// An id from a ULID that the caller made.
            pub const fn new(ulid: Ulid) -> Self {
                Self(ulid)
            }

            /// The ULID behind the prefix.
            pub const fn ulid(self) -> Ulid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}", Self::PREFIX, self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix(Self::PREFIX)
                    .and_then(|ulid| Ulid::from_string(ulid).ok())
                    .map(Self)
                    // ULIDs decode leniently (case, look-alikes); one id has one spelling.
                    .filter(|id| id.to_string() == text)
                    .ok_or(InvalidId { prefix: Self::PREFIX })
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }
    )*};
}

ids! {
    /// A merchant: the tenant boundary.
    MerchantId = "mer_";
    /// One of a merchant's shops on a platform.
    ShopId = "shp_";
    /// A program: rules in immutable versions.
    ProgramId = "prg_";
    /// A customer who refers.
    AdvocateId = "adv_";
    /// One click; its ULID carries the click's time.
    ClickId = "clk_";
    /// Advocate + friend + credited order.
    ReferralId = "ref_";
    /// Something owed to one side of a referral.
    RewardId = "rwd_";
    /// A mail or an outgoing webhook that is to be sent once.
    OutboxId = "out_";
    /// A pool of uploaded coupon codes.
    PoolId = "pol_";
    /// Where a merchant's own system takes webhooks.
    EndpointId = "whe_";
    /// A request about personal data.
    PrivacyId = "prv_";
}

impl ReferralId {
    /// The id that this order's referral by this advocate in this program always has. Time part: when the order was placed. The last
    /// byte is zero: it numbers the rewards (see [`RewardId::of`]).
    pub fn of(order: &str, program: ProgramId, advocate: AdvocateId, placed_at: Timestamp) -> Self {
        let hash = Sha256::new().chain_update(format!("{order}#{program}#{advocate}")).finalize();
        let random = hash[..9].iter().fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte)) << 8;
        Self(Ulid::from_parts(unix_ms(placed_at), random))
    }

    /// The id before that of any referral whose order was placed at this time or later.
    pub fn earliest_of(placed_at: Timestamp) -> Self {
        Self(Ulid::from_parts(unix_ms(placed_at), 0))
    }

    /// When its order was placed, as it was known first.
    pub fn placed_at(self) -> Timestamp {
        let ms = i64::try_from(self.0.timestamp_ms()).ok();
        ms.and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

impl RewardId {
    /// The id of a referral's reward by its number, 1 to 255.
    pub fn of(referral: ReferralId, number: u8) -> Self {
        Self(Ulid(referral.0.0 | u128::from(number)))
    }

    /// The reward's number within its referral.
    pub fn number(self) -> u8 {
        u8::try_from(self.0.0 & 0xFF).unwrap_or(0)
    }

    /// The referral that this reward belongs to.
    pub fn referral(self) -> ReferralId {
        ReferralId(Ulid(self.0.0 & !0xFF))
    }
}

impl OutboxId {
    /// The one outbox row for this reward and kind of message.
    pub fn of(reward: RewardId, kind: &str) -> Self {
        let hash = Sha256::new().chain_update(reward.to_string()).chain_update(kind).finalize();
        let random = hash[..10].iter().fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
        Self(Ulid::from_parts(reward.0.timestamp_ms(), random))
    }

    /// The one outbox row for a cause that has no reward: a text that names it the same way each time and no other cause,
    /// e.g. kind, program and period. Its time part means nothing: the cause decides all of it.
    pub fn of_cause(cause: &str) -> Self {
        Self(ulid_of(cause))
    }
}

impl PrivacyId {
    /// The one request for a cause, so that a repeat finds itself. Its time part means nothing.
    pub fn of_cause(cause: &str) -> Self {
        Self(ulid_of(cause))
    }
}

fn ulid_of(cause: &str) -> Ulid {
    let hash = Sha256::new().chain_update(cause).finalize();
    Ulid(hash[..16].iter().fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte)))
}

impl ClickId {
    /// When the click happened, from the id itself.
    pub fn clicked_at(self) -> Timestamp {
        i64::try_from(self.0.timestamp_ms())
            .ok()
            .and_then(|ms| Timestamp::from_millisecond(ms).ok())
            .unwrap_or(Timestamp::MAX)
    }
}

/// Milliseconds since 1970, for a ULID's time part; times before 1970 are 0.
pub fn unix_ms(at: Timestamp) -> u64 {
    u64::try_from(at.as_millisecond()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling_and_one_kind() {
        let id = AdvocateId::new(Ulid::from_parts(1_700_000_000_000, 7));
        assert_eq!(id.to_string().parse(), Ok(id));
        for wrong in
            [id.to_string().to_lowercase(), id.to_string().replace("adv_", "mer_"), "adv_".into(), String::new()]
        {
            assert_eq!(wrong.parse::<AdvocateId>(), Err(InvalidId { prefix: "adv_" }), "{wrong}");
        }
    }

    #[test]
    fn a_reward_knows_its_referral_and_an_order_its_referral_id() {
        let advocate = AdvocateId::new(Ulid::from_parts(1, 2));
        let at = Timestamp::from_second(1_700_000_000).expect("in range");
        let program = ProgramId::new(Ulid::from_parts(3, 4));
        let referral = ReferralId::of("ORD#a", program, advocate, at);
        assert_eq!(referral, ReferralId::of("ORD#a", program, advocate, at));
        assert_ne!(referral, ReferralId::of("ORD#b", program, advocate, at));
        for number in [1, 2, 255] {
            let reward = RewardId::of(referral, number);
            assert_eq!(reward.referral(), referral);
            assert_ne!(OutboxId::of(reward, "reward_ready"), OutboxId::of(reward, "reward_void"));
        }
    }

    #[test]
    fn a_cause_has_one_outbox_id_that_reads_back() {
        let id = OutboxId::of_cause("budget_spent prg_1 2026-11");
        assert_eq!(id, OutboxId::of_cause("budget_spent prg_1 2026-11"));
        assert_ne!(id, OutboxId::of_cause("budget_spent prg_1 2026-12"));
        assert_eq!(id.to_string().parse(), Ok(id));
    }
}
