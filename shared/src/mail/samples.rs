//! Mails that nobody gets, to look at: everything of the merchant's is real, everything of shoppers is plainly a sample.

use jiff::{SignedDuration, Timestamp};

use super::draft::{Draft, Gift, Occasion};
use crate::domain::amount::{Amount, Unit};
use crate::domain::code::Code;
use crate::domain::coupon::CouponCode;
use crate::domain::mail::{MailKind, VoidReason};
use crate::domain::money::{Currency, Money};
use crate::domain::person::{Locale, PersonName};
use crate::domain::program::{Fulfilment, Kind, Program, RewardRule, Side};
use crate::domain::variant::Variant;
use crate::store::Merchant;

/// What samples say of shoppers.
#[derive(Clone, Debug)]
pub struct Sample {
    name: Option<PersonName>,
    advocate: Option<PersonName>,
    code: Code,
    coupon: Option<CouponCode>,
    gift: (Side, Kind, Fulfilment, Amount),
    now: Timestamp,
    page: String,
    link: String,
    unsubscribe: String,
}

impl Sample {
    /// Samples of a program's mails. `public_url`: where shoppers reach us. `None` only if our own sample code is none.
    pub fn of(program: &Program, currency: Currency, public_url: &str, now: Timestamp) -> Option<Self> {
        let code: Code = "SAMPLE".parse().ok()?;
        let rule = |side| program.rewards.of(side).first().map(|rule| (side, rule));
        let gift = rule(Side::Advocate).or_else(|| rule(Side::Friend)).map(|(side, rule)| gift(side, rule, currency));
        let nothing = || (Side::Advocate, Kind::Fixed, Fulfilment::Manual, Amount::new(0, Unit::from(currency)));
        Some(Self {
            name: PersonName::parse("Sample"),
            advocate: PersonName::parse("Example"),
            page: format!("{public_url}/s/sample"),
            link: format!("{public_url}/r/{code}/email"),
            unsubscribe: format!("{public_url}/u/sample"),
            code,
            coupon: "SAMPLE-1234".parse().ok(),
            gift: gift.unwrap_or_else(nothing),
            now,
        })
    }

    /// The same for somebody whose name nobody knows, and of whom as little else as there can be.
    #[must_use]
    pub fn without_names(self) -> Self {
        Self { name: None, advocate: None, coupon: None, ..self }
    }

    /// A sample of a kind of mail, to be written.
    pub fn draft<'a>(
        &'a self,
        kind: MailKind,
        merchant: &'a Merchant,
        program: &'a Program,
        reader: Option<&'a Locale>,
        variant: Option<&'a Variant>,
    ) -> Draft<'a> {
        let (side, kind_of_gift, fulfilment, value) = &self.gift;
        let gift = Gift { side: *side, kind: *kind_of_gift, fulfilment: *fulfilment, value };
        let in_days = |days: i64| self.now.checked_add(SignedDuration::from_hours(24 * days)).unwrap_or(self.now);
        let (code, coupon) = (&self.code, self.coupon.as_ref());
        let link = Some(if kind == MailKind::Welcome { self.link.clone() } else { self.page.clone() });
        let occasion = match kind {
            MailKind::Invite => Occasion::Invite { link, code, program },
            MailKind::Reminder => Occasion::Reminder { link, code, program },
            MailKind::FriendOrdered => {
                Occasion::FriendOrdered { gift, until: self.name.as_ref().map(|_| in_days(14)), link }
            }
            MailKind::RewardReady => Occasion::RewardReady { gift, coupon, code, link },
            MailKind::RewardVoid => Occasion::RewardVoid { gift, reason: VoidReason::Refunded, link },
            MailKind::RewardBack => Occasion::RewardBack { gift, coupon, until: None, link },
            MailKind::RewardExpiring => Occasion::RewardExpiring { gift, coupon, expires_at: in_days(7) },
            MailKind::Welcome => Occasion::Welcome { advocate: self.advocate.as_ref(), code, link, program },
        };
        Draft {
            merchant,
            reader,
            program: program.mails.locale.as_ref(),
            name: self.name.as_ref(),
            site: &program.destination,
            unsubscribe: Some(self.unsubscribe.clone()),
            variant,
            occasion,
        }
    }
}

/// What a rule gives for an order of its minimum, or of 500.
fn gift(side: Side, rule: &RewardRule, currency: Currency) -> (Side, Kind, Fulfilment, Amount) {
    let ordinary = Money::new(500 * 10_i64.pow(currency.decimals()), currency);
    let net = rule.when.minimum_order.unwrap_or(ordinary);
    (side, rule.kind, rule.fulfilment, rule.worth.base.of(net))
}
