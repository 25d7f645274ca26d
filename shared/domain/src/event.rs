//! What merchants' own systems can be told of, by name, and which of it an endpoint asks for. What each says is in
//! `infra/guides/webhooks.md`.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// Something that happened. A name and what it says never change but for fields that are added; what has to
        /// change otherwise gets a new name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum EventKind {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
        }

        impl EventKind {
            /// All of them, as the guide lists them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// As receivers see it: the `type`.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

events! {
    /// A customer became an advocate.
    AdvocateCreated = "advocate.created";
    /// What the merchant said of an advocate changed, or the advocate was erased.
    AdvocateChanged = "advocate.changed";
    /// A link was made.
    LinkCreated = "link.created";
    /// A link changed and still works, or works again.
    LinkChanged = "link.changed";
    /// A link was switched off.
    LinkEnded = "link.ended";
    /// How often a program's links were opened on a day.
    ClickDaily = "click.daily";
    /// An order with evidence of ours was decided, or is decided otherwise now.
    OrderDecided = "order.decided";
    /// An order led to a referral.
    ReferralCreated = "referral.created";
    /// A referral waits for its hold again.
    ReferralPending = "referral.pending";
    /// A referral was earned.
    ReferralApproved = "referral.approved";
    /// A referral waits for a person.
    ReferralFlagged = "referral.flagged";
    /// A referral was taken back.
    ReferralVoided = "referral.voided";
    /// A reward waits for a person.
    RewardFlagged = "reward.flagged";
    /// A reward waits for its hold.
    RewardPending = "reward.pending";
    /// A reward is owed.
    RewardApproved = "reward.approved";
    /// A reward is in its owner's hands.
    RewardIssued = "reward.issued";
    /// A reward was used.
    RewardRedeemed = "reward.redeemed";
    /// A reward was taken back.
    RewardVoided = "reward.voided";
    /// A reward was not used in time.
    RewardExpired = "reward.expired";
    /// What a reward is worth, its times, or what is in its way changed, and its state did not.
    RewardChanged = "reward.changed";
    /// A person wants less mail, or more.
    ConsentChanged = "consent.changed";
    /// The merchant tries an endpoint. Goes where it is asked for and needs no subscription.
    EndpointTest = "endpoint.test";
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl EventKind {
    /// What comes before the full stop.
    fn group(self) -> &'static str {
        self.as_str().split_once('.').map_or("", |(group, _)| group)
    }

    /// What endpoints can ask for.
    fn is_offered(self) -> bool {
        self != Self::EndpointTest
    }
}

/// Which events an endpoint asks for. Default: none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Subscription(BTreeSet<String>);

/// No event's name, no group of them, and not `*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be the name of an event, such as \"order.decided\", a group of them, such as \"reward.*\", or \"*\" for all"
)]
pub struct UnknownEvent;

impl Subscription {
    /// Adds a name, a group (`reward.*`), or all (`*`), those included that are not thought of yet.
    pub fn add(&mut self, wanted: &str) -> Result<(), UnknownEvent> {
        let mut offered = EventKind::ALL.iter().filter(|kind| kind.is_offered());
        let known = match wanted.strip_suffix('*') {
            Some("") => true,
            Some(group) => offered.any(|kind| group.strip_suffix('.') == Some(kind.group())),
            None => offered.any(|kind| kind.as_str() == wanted),
        };
        if !known {
            return Err(UnknownEvent);
        }
        self.0.insert(wanted.to_owned());
        Ok(())
    }

    /// Whether it asks for this.
    pub fn wants(&self, kind: EventKind) -> bool {
        let name = kind.as_str();
        let asks = |wanted: &String| wanted.strip_suffix('*').map_or(wanted == name, |start| name.starts_with(start));
        kind.is_offered() && self.0.iter().any(asks)
    }

    /// Nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking_for(names: &[&str]) -> Subscription {
        let mut subscription = Subscription::default();
        for name in names {
            subscription.add(name).expect(name);
        }
        subscription
    }

    #[test]
    fn an_endpoint_hears_of_what_it_asks_for_and_of_nothing_else() {
        let heard = |names: &[&str]| {
            let subscription = asking_for(names);
            EventKind::ALL
                .iter()
                .filter(|kind| subscription.wants(**kind))
                .map(|kind| kind.as_str())
                .collect::<Vec<_>>()
        };
        assert_eq!(heard(&[]), [""; 0]);
        assert_eq!(heard(&["order.decided", "link.ended"]), ["link.ended", "order.decided"]);
        assert_eq!(
            heard(&["referral.*"]),
            ["referral.created", "referral.pending", "referral.approved", "referral.flagged", "referral.voided"]
        );
        assert_eq!(heard(&["*"]).len(), EventKind::ALL.len() - 1, "all but the test");
        assert_eq!(heard(&["*", "order.decided"]).len(), EventKind::ALL.len() - 1);
    }

    #[test]
    fn what_is_no_event_is_not_asked_for() {
        for wrong in [
            "",
            "order",
            "order.",
            "order*",
            "order.decide",
            "Order.decided",
            ".*",
            "**",
            "r*",
            "endpoint.test",
            "endpoint.*",
        ] {
            assert_eq!(Subscription::default().add(wrong), Err(UnknownEvent), "{wrong}");
        }
    }

    #[test]
    fn names_read_back() {
        for kind in EventKind::ALL {
            let text = serde_json::to_value(kind).expect("JSON");
            assert_eq!(text, kind.as_str());
            assert_eq!(serde_json::from_value::<EventKind>(text).expect("an event"), *kind);
        }
        let subscription = asking_for(&["reward.*", "click.daily"]);
        let text = serde_json::to_value(&subscription).expect("JSON");
        assert_eq!(text, serde_json::json!(["click.daily", "reward.*"]));
        assert_eq!(serde_json::from_value::<Subscription>(text).expect("a subscription"), subscription);
    }
}
