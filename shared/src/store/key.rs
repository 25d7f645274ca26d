//! Every key shape of the core table, in one place. Charts: `README.md` beside this file.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::row_kind::RowKind;
use crate::crypto::sha256_hex;
use crate::domain::code::Code;
use crate::domain::coupon::CouponCode;
use crate::domain::id::{
    AdvocateId, EndpointId, MerchantId, OutboxId, PoolId, PrivacyId, ProgramId, ReferralId, ShopId,
};
use crate::domain::mail::MailKind;
use crate::domain::order::OrderRef;
use crate::domain::person::PersonKey;
use crate::domain::tally::Scope;

/// The index of a merchant's lists.
pub const BY_MERCHANT: &str = "by_merchant";
/// The index of what is found by its state.
pub const BY_STATE: &str = "by_state";
/// The index of work that has a time.
pub const DUE: &str = "due";

/// Due work is spread over so many partitions, so that no merchant's flash sale meets a partition's limit. Each is read once
/// a minute. Raise it, never lower it: what lies in a shard that nobody reads is found no more.
pub const SHARDS: u8 = 32;
/// Webhooks that are due have shards of their own, behind the others: whoever does not take them holds up nobody else's
/// work.
pub const WEBHOOK_SHARDS: std::ops::Range<u8> = SHARDS..SHARDS + 8;
/// The same for lists; each is read for each page of a list.
pub const LIST_SHARDS: u8 = 8;
/// What is in one state in one program lies in so many partitions: each order moves something there.
pub const STATE_SHARDS: u8 = 4;
/// The advocates of a program's month are ranked in so many partitions: each order moves one of them.
pub const TOP_SHARDS: u8 = 6;

/// A primary key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub pk: String,
    pub sk: String,
}

impl Key {
    fn new(pk: String, sk: impl Into<String>) -> Self {
        Self { pk, sk: sk.into() }
    }

    /// An item that has its partition to itself.
    pub(super) fn single(pk: String) -> Self {
        Self::new(pk, "#")
    }

    pub fn merchant(id: MerchantId) -> Self {
        Self::single(RowKind::Merchant.pk(id))
    }

    /// A program's current version.
    pub fn program(merchant: MerchantId, id: ProgramId) -> Self {
        Self::new(RowKind::Merchant.pk(merchant), format!("{PROGRAM}{id}"))
    }

    /// One immutable version of a program.
    pub fn program_version(merchant: MerchantId, id: ProgramId, version: u32) -> Self {
        Self::new(RowKind::Merchant.pk(merchant), format!("{}{version:06}", program_versions(id)))
    }

    /// An address for webhooks.
    pub fn endpoint(merchant: MerchantId, id: EndpointId) -> Self {
        Self::new(RowKind::Merchant.pk(merchant), format!("{ENDPOINT}{id}"))
    }

    /// The merchant's own texts for a kind of mail.
    pub fn mail_texts(merchant: MerchantId, program: ProgramId, kind: MailKind) -> Self {
        Self::new(RowKind::Merchant.pk(merchant), format!("MTX#{program}#{kind}"))
    }

    pub fn api_key(sha256: &str) -> Self {
        Self::single(format!("KEY#{sha256}"))
    }

    pub fn shop(id: ShopId) -> Self {
        Self::single(format!("SHP#{id}"))
    }

    pub fn advocate(id: AdvocateId) -> Self {
        Self::single(RowKind::Advocate.pk(id))
    }

    /// The one link that an advocate has in a program.
    pub fn advocate_link(id: AdvocateId, program: ProgramId) -> Self {
        Self::new(RowKind::Advocate.pk(id), format!("PRG#{program}"))
    }

    /// A person's profile.
    pub fn person(merchant: MerchantId, person: &PersonKey) -> Self {
        Self::single(person_partition(merchant, person))
    }

    /// One purchase in a person's timeline; sorts by when it was placed.
    pub fn person_order(merchant: MerchantId, person: &PersonKey, placed_at: Timestamp, order: &OrderRef) -> Self {
        Self::new(
            person_partition(merchant, person),
            format!("{PERSON_ORDER}{placed_at:.3}#{}#{}", order.shop, order.id),
        )
    }

    pub fn link(code: &Code) -> Self {
        Self::single(RowKind::Link.pk(code))
    }

    /// How far a merchant's rows of before the index of states are placed there.
    pub(super) fn placed(merchant: MerchantId) -> Self {
        Self::single(format!("LST#{merchant}"))
    }

    /// The program that was made last in the whole installation.
    pub(super) fn newest_program() -> Self {
        Self::single("NEW#".to_owned())
    }

    pub fn order(order: &OrderRef) -> Self {
        Self::single(RowKind::Order.pk(format_args!("{}#{}", order.shop, order.id)))
    }

    pub fn referral(id: ReferralId) -> Self {
        Self::single(RowKind::Referral.pk(id))
    }

    /// A ledger entry: the referral and the entry's number are its natural key.
    pub fn entry(merchant: MerchantId, advocate: AdvocateId, referral: ReferralId, number: u32) -> Self {
        Self::new(ledger_partition(merchant, advocate), format!("{referral}#{number:06}"))
    }

    /// What a person did to an order; the version is the one that it made.
    pub fn audit(order: &OrderRef, version: u64) -> Self {
        Self::single(format!("AUD#{}#{}#{version}", order.shop, order.id))
    }

    /// What was done to a link; the version is the one that it made.
    pub fn audit_of_link(code: &str, version: u64) -> Self {
        Self::single(format!("AUD#LNK#{code}#{version}"))
    }

    /// What was done to anything else.
    pub fn record(merchant: MerchantId, id: ulid::Ulid) -> Self {
        Self::single(format!("AUD#{merchant}#{id}"))
    }

    /// A request about personal data.
    pub fn privacy(id: PrivacyId) -> Self {
        Self::single(RowKind::Privacy.pk(id))
    }

    /// What an advocate has of a program's caps in a period (a day, a month, `total`).
    pub fn cap(advocate: AdvocateId, program: ProgramId, period: &str) -> Self {
        Self::new(format!("CAP#{advocate}#{program}"), period)
    }

    /// A shard of what a program gave of its budget in a period.
    pub fn budget(program: ProgramId, period: &str, shard: u8) -> Self {
        Self::single(format!("BUD#{program}#{period}#{shard}"))
    }

    /// The discount of a program on its shop's platform.
    pub fn discount(shop: ShopId, program: ProgramId) -> Self {
        Self::single(discount_partition(shop, program))
    }

    /// A code that waits to be added to the discount.
    pub fn waiting_code(shop: ShopId, program: ProgramId, code: &Code) -> Self {
        Self::new(discount_partition(shop, program), format!("{WAITING}{code}"))
    }

    /// Whose a reward's code is at a shop's checkout.
    pub fn reward_code(shop: ShopId, code: &CouponCode) -> Self {
        Self::single(format!("{REWARD_CODE}{shop}#{}", code.canonical()))
    }

    /// Which day of a merchant is to be rolled up next.
    pub fn day(merchant: MerchantId) -> Self {
        Self::single(RowKind::Day.pk(merchant))
    }

    pub fn outbox(id: OutboxId) -> Self {
        Self::single(RowKind::Outbox.pk(id))
    }

    /// Asking a customer, by one program.
    pub fn ask(program: ProgramId, person: &PersonKey) -> Self {
        Self::single(RowKind::Ask.pk(format_args!("{program}#{}", person.as_str())))
    }

    /// A merchant's digest of what waits.
    pub fn digest(merchant: MerchantId) -> Self {
        Self::single(RowKind::Digest.pk(merchant))
    }

    /// What became of a merchant's mails of an hour.
    pub fn reputation(merchant: MerchantId, sent_at: Timestamp) -> Self {
        Self::new(format!("{REPUTATION}{merchant}"), reputation_hour(sent_at))
    }

    /// A parked webhook; the same body parks once.
    pub fn parked(shop: ShopId, sha256: &str) -> Self {
        Self::single(RowKind::Parked.pk(format_args!("{shop}#{sha256}")))
    }

    /// Long work for a shop, one item per kind.
    pub fn job(shop: ShopId, task: &str) -> Self {
        Self::single(RowKind::Job.pk(format_args!("{shop}#{task}")))
    }

    /// An idempotency key; `scope` is who asks and for what.
    pub fn idempotency(scope: &str, sha256: &str) -> Self {
        Self::single(format!("IDM#{scope}#{sha256}"))
    }

    pub fn pool(merchant: MerchantId, id: PoolId) -> Self {
        Self::new(RowKind::Merchant.pk(merchant), format!("{POOL}{id}"))
    }

    /// What became of a coupon's code: one item per code in all of a merchant's pools.
    pub fn coupon(merchant: MerchantId, code: &CouponCode) -> Self {
        Self::single(format!("{COUPON}{merchant}#{}", code.canonical()))
    }

    /// The marker of a code that nobody has yet. A hash leads, so that codes that count up lie spread.
    pub fn free_code(pool: PoolId, code: &CouponCode) -> Self {
        let code = code.canonical();
        Self::new(pool_partition(pool), format!("{}#{code}", free_position(code.as_bytes())))
    }

    /// What is counted on a day; `by` is the letter of the dimension.
    pub fn counter(scope: Scope, day: Date, by: char) -> Self {
        Self::new(format!("CNT#{scope}"), format!("{by}#{day}"))
    }

    /// What an advocate's orders come to in a month, such as `2026-11`.
    pub fn advocate_month(program: ProgramId, month: &str, advocate: AdvocateId) -> Self {
        Self::single(format!("CNA#{program}#{month}#{advocate}"))
    }

    /// A chunk of the event log, by its stream's shard and the first record in it.
    pub fn events(scope: Scope, day: Date, shard: &str, first: &str) -> Self {
        Self::new(events_partition(scope, day), format!("{shard}#{first}"))
    }

    /// By which click a link was first opened in a channel; of an empty channel, at all.
    pub fn first_opened(code: &Code, channel: &str) -> Self {
        Self::new(format!("SHR#{code}"), if channel.is_empty() { "#" } else { channel })
    }

    /// A stable number from 0 to [`SHARDS`], so that an item stays in its shard of due work.
    pub fn shard(&self) -> u8 {
        self.shard_of(SHARDS)
    }

    /// A webhook's shard of due work.
    pub fn webhook_shard(&self) -> u8 {
        WEBHOOK_SHARDS.start + self.shard_of(WEBHOOK_SHARDS.end - WEBHOOK_SHARDS.start)
    }

    /// A stable number from 0 to [`LIST_SHARDS`]: the item's shard of its list.
    pub fn list_shard(&self) -> u8 {
        self.shard_of(LIST_SHARDS)
    }

    /// A stable number from 0 to [`STATE_SHARDS`].
    pub fn state_shard(&self) -> u8 {
        self.shard_of(STATE_SHARDS)
    }

    /// A stable number from 0 to [`TOP_SHARDS`].
    pub fn top_shard(&self) -> u8 {
        self.shard_of(TOP_SHARDS)
    }

    fn shard_of(&self, shards: u8) -> u8 {
        // FNV-1a over the last bytes: ids are random there.
        let hash = self
            .pk
            .bytes()
            .rev()
            .take(8)
            .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        u8::try_from((hash ^ (hash >> 16)) % u32::from(shards)).unwrap_or(0)
    }
}

/// What current programs' sort keys start with.
pub const PROGRAM: &str = "PRG#";
/// What the sort keys of codes that wait for their discount start with.
pub const WAITING: &str = "ADD#";
/// What the sort keys of a merchant's pools start with.
pub const POOL: &str = "POL#";
/// What the partitions of counts of mails start with.
pub const REPUTATION: &str = "RPT#";
const COUPON: &str = "CPN#";
const REWARD_CODE: &str = "RWC#";
/// What the sort keys of free codes start with.
pub const FREE: &str = "FREE#";
/// Sorts after every free code: their positions are hexadecimal.
pub const FREE_END: &str = "FREE#g";
/// What endpoints' sort keys start with.
pub const ENDPOINT: &str = "WHE#";
/// What the sort keys of a person's purchases start with.
pub const PERSON_ORDER: &str = "ORD#";

/// The hour of a time, such as `2026-11-22T10`.
pub fn reputation_hour(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H").to_string()
}

/// What the sort keys of a program's versions start with.
pub fn program_versions(id: ProgramId) -> String {
    format!("PRV#{id}#")
}

/// A person's partition: profile and purchases.
pub fn person_partition(merchant: MerchantId, person: &PersonKey) -> String {
    RowKind::Person.pk(format_args!("{merchant}#{}", person.as_str()))
}

/// An advocate's books.
pub fn ledger_partition(merchant: MerchantId, advocate: AdvocateId) -> String {
    format!("LED#{merchant}#{advocate}")
}

/// A program's discount on its shop's platform, and what waits for it.
pub fn discount_partition(shop: ShopId, program: ProgramId) -> String {
    format!("DSC#{shop}#{program}")
}

/// A pool's free codes.
pub fn pool_partition(pool: PoolId) -> String {
    format!("POL#{pool}")
}

/// Where these bytes come among a pool's free codes.
pub fn free_position(of: &[u8]) -> String {
    format!("{FREE}{}", &sha256_hex(&[of])[..8])
}

/// As much of a partition key as may be logged: a coupon's code is money.
pub fn loggable(pk: &str) -> &str {
    let of = |kind: &str| pk.strip_prefix(kind)?.find('#').map(|at| kind.len() + at);
    let code = of(COUPON).or_else(|| of(REWARD_CODE));
    &pk[..code.unwrap_or(pk.len())]
}

/// A day's event log.
pub fn events_partition(scope: Scope, day: Date) -> String {
    format!("EVT#{scope}#{day}")
}

/// A shard of what is in a state in a program, in the index of states.
/// Short, because each referral has it, and most are just below a kilobyte.
pub fn state_partition(what: char, program: ProgramId, state: &str, shard: u8) -> String {
    format!("STA#{}#{what}{state}#{shard}", program.ulid())
}

/// A shard of a month's ranking of a program's advocates, in the index of lists.
pub fn top_partition(program: ProgramId, month: &str, shard: u8) -> String {
    format!("TOP#{program}#{month}#{shard}")
}

/// A shard of due work.
pub fn due_partition(shard: u8) -> String {
    format!("DUE#{shard}")
}

/// Where in its list something of this time is.
pub fn list_position(at: Timestamp, key: &Key) -> String {
    format!("{at:.3}#{}", key.pk)
}

/// What a merchant can list, in partitions by month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed {
    Shops,
    Links,
    Referrals,
    Parked,
    Audit,
    /// Requests about personal data.
    Privacy,
    /// Persons with a buyer's contact, all under the merchant's first day.
    Contacts,
    /// Customers whom programs ask, or don't.
    Asks,
    /// Webhooks to an endpoint.
    Deliveries(EndpointId),
}

impl Listed {
    fn name(self) -> String {
        let name = match self {
            Self::Shops => "shops",
            Self::Links => "links",
            Self::Referrals => "referrals",
            Self::Parked => "parked",
            Self::Audit => "audit",
            Self::Privacy => "privacy",
            Self::Contacts => "contacts",
            Self::Asks => "invites",
            Self::Deliveries(endpoint) => return format!("deliveries.{endpoint}"),
        };
        name.to_owned()
    }

    /// The index partition of one month and shard.
    pub fn partition(self, merchant: MerchantId, month: &str, shard: u8) -> String {
        format!("LST#{merchant}#{}#{month}#{shard}", self.name())
    }
}

/// A time's month as `2026-11`.
pub fn month(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m").to_string()
}

#[cfg(test)]
mod tests {
    use ulid::Ulid;

    use super::*;

    #[test]
    fn a_coupons_code_is_in_its_key_but_not_in_what_is_logged_of_it() {
        let code: CouponCode = "Nice#10".parse().expect("a code");
        let merchant = MerchantId::new(Ulid::from_parts(1, 2));
        let key = Key::coupon(merchant, &code);
        assert_eq!(key.pk, format!("CPN#{merchant}#NICE#10"));
        assert_eq!(loggable(&key.pk), format!("CPN#{merchant}"));
        assert_eq!(loggable("LNK#ANNA10"), "LNK#ANNA10");
        let shop = ShopId::new(Ulid::from_parts(1, 2));
        assert_eq!(loggable(&Key::reward_code(shop, &code).pk), format!("RWC#{shop}"));
    }

    #[test]
    fn free_codes_lie_between_the_ends_whatever_their_hash() {
        for number in 0..1000 {
            let code: CouponCode = format!("C-{number}").parse().expect("a code");
            let sk = Key::free_code(PoolId::new(Ulid::from_parts(1, 2)), &code).sk;
            assert!(sk.as_str() > FREE && sk.as_str() < FREE_END, "{sk}");
        }
    }
}
