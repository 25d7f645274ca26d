//! What a row of the outbox says, and to whom: ids only. Addresses and texts are read when it is sent.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::code::Code;
use crate::domain::event::EventKind;
use crate::domain::id::{EndpointId, MerchantId, OutboxId, PrivacyId, ProgramId, RewardId, ShopId};
use crate::domain::mail::{Copies, MailKind};
use crate::domain::order::OrderRef;
use crate::domain::person::PersonKey;
use crate::domain::program::Side;
use crate::domain::reconcile::{HAND_OVER, PLATFORM_CODE};

/// What is to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Message {
    /// A mail to a person, by the rules of a program.
    Mail { mail: MailKind, program: ProgramId, about: About, recipient: Recipient },
    /// A mail to the merchant.
    Notice { notice: Notice },
    /// A webhook to the merchant's own system, which is to give the reward.
    HandOver { endpoint: EndpointId, reward: RewardId },
    /// A webhook to the merchant's own system, which is told of something. `body`: all of it, as it is signed.
    Event { endpoint: EndpointId, event: EventKind, body: String },
    /// The shop's platform is to have this reward's code, or not to have it: as the reward then stands.
    RewardCode { reward: RewardId },
    /// The same for the code of a link.
    LinkCode { code: Code },
    /// The program's discount on the platform is to have the program's present terms.
    Discount { shop: ShopId, program: ProgramId },
}

impl Message {
    /// The kind in a word, for logs and tags.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Mail { mail, .. } => mail.as_str(),
            Self::Notice { notice: Notice::BudgetSpent { .. } } => "budget_spent",
            Self::Notice { notice: Notice::PoolLow { .. } } => "pool_low",
            Self::Notice { notice: Notice::DataRequest { .. } } => "data_request",
            Self::Notice { notice: Notice::CodeRefused { .. } } => "code_refused",
            Self::Notice { notice: Notice::EndpointDisabled { .. } } => "endpoint_disabled",
            Self::Notice { notice: Notice::MailPaused { .. } } => "mail_paused",
            Self::Notice { notice: Notice::Digest { .. } } => "digest",
            Self::HandOver { .. } => HAND_OVER,
            Self::Event { .. } => "event",
            Self::RewardCode { .. } => PLATFORM_CODE,
            Self::LinkCode { .. } => "link_code",
            Self::Discount { .. } => "discount",
        }
    }

    /// It goes out through SES.
    pub const fn is_mail(&self) -> bool {
        matches!(self, Self::Mail { .. } | Self::Notice { .. })
    }

    /// What to do when nobody knows whether it went out.
    pub const fn copies(&self) -> Copies {
        match self {
            Self::Mail { mail, .. } => mail.copies(),
            Self::Notice { notice: Notice::Digest { .. } } => Copies::AtMostOnce,
            _ => Copies::AtLeastOnce,
        }
    }

    /// It is about codes on a shop's platform.
    pub const fn is_code(&self) -> bool {
        matches!(self, Self::RewardCode { .. } | Self::LinkCode { .. } | Self::Discount { .. })
    }

    /// Where it goes, if it is a webhook.
    pub const fn endpoint(&self) -> Option<EndpointId> {
        match self {
            Self::HandOver { endpoint, .. } | Self::Event { endpoint, .. } => Some(*endpoint),
            _ => None,
        }
    }

    /// What a webhook says that it is.
    pub const fn event(&self) -> Option<EventKind> {
        match self {
            Self::HandOver { .. } => Some(EventKind::RewardApproved),
            Self::Event { event, .. } => Some(*event),
            _ => None,
        }
    }

    /// The id of the row that has the platform follow a reward for the so-many-th time.
    pub fn reward_code_id(reward: RewardId, call: u32) -> OutboxId {
        OutboxId::of(reward, &format!("{PLATFORM_CODE}#{call}"))
    }

    /// The id of the one row that tries a reward's code again after a refusal.
    pub fn code_retry_id(reward: RewardId, refused_at: Timestamp) -> OutboxId {
        OutboxId::of(reward, &format!("{PLATFORM_CODE}#after#{refused_at:.3}"))
    }

    /// The id of the one row that tells a platform of a program version's terms.
    pub fn discount_id(program: ProgramId, version: u32) -> OutboxId {
        OutboxId::of_cause(&format!("discount#{program}#{version}"))
    }

    /// The id of the one row that welcomes a friend by a link.
    pub fn welcome_id(code: &Code, person: &PersonKey) -> OutboxId {
        OutboxId::of_cause(&format!("welcome#{code}#{}", person.as_str()))
    }

    /// The id of the one row that hands a reward over.
    pub fn hand_over_id(reward: RewardId) -> OutboxId {
        OutboxId::of(reward, HAND_OVER)
    }

    /// The id of the one row that tells an endpoint of an event. `what`: the thing and its change, the same each time
    /// that the change is looked at, and no other's.
    pub fn event_id(endpoint: EndpointId, event: EventKind, what: &str) -> OutboxId {
        OutboxId::of_cause(&format!("event#{endpoint}#{event}#{what}"))
    }
}

/// What a mail to a person follows from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// A reward of the reader's, as it stands when the mail is written.
    Reward { reward: RewardId, side: Side },
    /// A link: the reader's own, or the one by which a friend was welcomed.
    Link { code: Code },
}

/// Whom a mail is for; the address is in the person's rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    pub person: PersonKey,
    /// For a buyer: the purchase. `None`: for an advocate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purchase: Option<(OrderRef, Timestamp)>,
}

/// What a merchant is told. With the names as they were: a notice is about a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Notice {
    /// A program's budget is spent for a period, such as `2026-11`.
    BudgetSpent { program: ProgramId, program_name: String, period: String },
    /// A pool has few codes left.
    PoolLow { pool_name: String, left: u32 },
    /// A customer asks what is kept; the merchant has to answer until then.
    DataRequest { request: PrivacyId, due_at: Timestamp },
    /// A shop's platform will not have a code, in its own words.
    CodeRefused { shop_domain: String, detail: String },
    /// A receiver of webhooks did not take any for days, so nothing more is sent there. `host`: of its address.
    EndpointDisabled { endpoint: EndpointId, host: String, failing_since: Timestamp },
    /// Too many mails came back, or were called spam: this merchant's mails wait.
    MailPaused { complaints: bool, sent: u32, counted: u32 },
    /// What waits for a person.
    Digest { waiting: Waiting },
}

/// How much waits for a person at the merchant's, when it was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Referrals that are flagged.
    #[serde(default)]
    pub flagged: u32,
    /// Rewards that are owed and that something keeps from their owners.
    #[serde(default)]
    pub stuck_rewards: u32,
    /// Rewards that a person has to hand over.
    #[serde(default)]
    pub to_pay: u32,
    /// Those of them that have waited longest. Whose they are is read when the mail is written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub longest: Vec<RewardId>,
    /// Order events that could not be applied.
    #[serde(default)]
    pub parked: u32,
    /// Open requests about personal data.
    #[serde(default)]
    pub privacy_requests: u32,
}

impl Waiting {
    /// Nothing waits.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Notice {
    /// The id of the one row that tells of a spent budget.
    pub fn budget_spent_id(program: ProgramId, period: &str) -> OutboxId {
        OutboxId::of_cause(&format!("budget_spent#{program}#{period}"))
    }

    /// The id of the one row that is the digest of this time.
    pub fn digest_id(merchant: MerchantId, due_at: Timestamp) -> OutboxId {
        OutboxId::of_cause(&format!("digest#{merchant}#{due_at:.3}"))
    }

    /// The id of the one row that tells that an endpoint was switched off at a time.
    pub fn endpoint_disabled_id(endpoint: EndpointId, at: Timestamp) -> OutboxId {
        OutboxId::of_cause(&format!("endpoint_disabled#{endpoint}#{at:.3}"))
    }

    /// The id of the one row that tells of a customer's request.
    pub fn data_request_id(request: PrivacyId) -> OutboxId {
        OutboxId::of_cause(&format!("data_request#{request}"))
    }

    /// The id of the one row that tells of a day's first code that a shop's platform will not have.
    pub fn code_refused_id(shop: ShopId, now: Timestamp) -> OutboxId {
        OutboxId::of_cause(&format!("code_refused#{shop}#{}", now.strftime("%Y-%m-%d")))
    }

    /// The id of the one row that tells of a pause, of mails that went since they were let go last.
    pub fn mail_paused_id(merchant: MerchantId, resumed_at: Option<Timestamp>) -> OutboxId {
        let since = resumed_at.map_or_else(String::new, |at| format!("{at:.3}"));
        OutboxId::of_cause(&format!("mail_paused#{merchant}#{since}"))
    }

    /// The id of the one row that tells that a pool has been low since a time. `pool`: its id.
    pub fn pool_low_id(pool: &str, low_since: Timestamp) -> OutboxId {
        OutboxId::of_cause(&format!("pool_low#{pool}#{low_since:.3}"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_is_stored_under_its_kind_and_reads_back() {
        let (program, reward) = ("prg_01KF0000000000000000000000", "rwd_01KF0000000000000000000001");
        let messages = [
            json!({"kind": "mail", "mail": "reward_ready", "program": program,
                "about": {"reward": {"reward": reward, "side": "friend"}},
                "recipient": {"person": "00000000000000000000000000000001"}}),
            json!({"kind": "mail", "mail": "invite", "program": program, "about": {"link": {"code": "ANNA10"}},
                "recipient": {"person": "00000000000000000000000000000001"}}),
            json!({"kind": "notice",
                "notice": {"kind": "budget_spent", "program": program, "program_name": "Give 10", "period": "2026-11"}}),
            json!({"kind": "notice", "notice": {"kind": "pool_low", "pool_name": "Summer", "left": 12}}),
            json!({"kind": "notice", "notice": {"kind": "data_request", "request": "prv_01KF0000000000000000000000",
                "due_at": "2026-12-21T10:00:00Z"}}),
            json!({"kind": "hand_over", "endpoint": "whe_01KF0000000000000000000000", "reward": reward}),
            json!({"kind": "event", "endpoint": "whe_01KF0000000000000000000000", "event": "order.decided", "body": "{}"}),
            json!({"kind": "reward_code", "reward": reward}),
            json!({"kind": "link_code", "code": "ANNA10"}),
            json!({"kind": "discount", "shop": "shp_01KF0000000000000000000000", "program": program}),
            json!({"kind": "notice",
                "notice": {"kind": "code_refused", "shop_domain": "a.example", "detail": "is too long"}}),
            json!({"kind": "notice", "notice": {"kind": "endpoint_disabled", "endpoint": "whe_01KF0000000000000000000000",
                "host": "a.example", "failing_since": "2026-11-21T10:00:00Z"}}),
            json!({"kind": "notice", "notice": {"kind": "mail_paused", "complaints": true, "sent": 1000, "counted": 2}}),
            json!({"kind": "notice", "notice": {"kind": "digest", "waiting":
                {"flagged": 2, "stuck_rewards": 1, "to_pay": 1, "longest": [reward], "parked": 0, "privacy_requests": 0}}}),
        ];
        for stored in messages {
            let message: Message = serde_json::from_value(stored.clone()).expect("a message");
            assert_eq!(serde_json::to_value(&message).expect("JSON"), stored);
            let item: serde_dynamo::Item = serde_dynamo::to_item(&message).expect("an item");
            assert_eq!(serde_dynamo::from_item::<_, Message>(item).expect("a message"), message);
        }
    }

    #[test]
    fn each_cause_has_one_row() {
        let program: ProgramId = "prg_01KF0000000000000000000000".parse().expect("an id");
        let (once, later): (Timestamp, Timestamp) =
            ("2026-11-21T10:00:00Z".parse().expect("a time"), "2026-11-22T10:00:00Z".parse().expect("a time"));
        let ids = [
            Notice::budget_spent_id(program, "2026-11"),
            Notice::budget_spent_id(program, "2026-12"),
            Notice::pool_low_id("a", once),
            Notice::pool_low_id("a", later),
            Notice::pool_low_id("b", once),
        ];
        for (n, id) in ids.iter().enumerate() {
            assert!(!ids[..n].contains(id), "{n}");
        }
        assert_eq!(ids[0], Notice::budget_spent_id(program, "2026-11"));
    }
}
