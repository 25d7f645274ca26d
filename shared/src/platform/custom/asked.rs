//! What callers tell of an order, and what of it is out of range: the same fields by `POST /v1/orders` and by webhook.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::domain::email::EmailAddress;
use crate::domain::id::ShopId;
use crate::domain::mark::{Device, Phone};
use crate::domain::money::{Currency, Money};
use crate::domain::order::{MAX_CODES, MAX_LINES, PlatformId};
use crate::domain::person::Locale;
use crate::domain::program::Country;
use crate::domain::text::Text;
use crate::http::{Faults, or_default};

use super::helpful::Helpful;

/// A row must fit into one item.
const MAX_REFUNDS: usize = 100;
/// More collections than one product is in.
const MAX_COLLECTIONS: usize = 50;
/// What fits below a millisecond. More descriptions of one order than there ever are.
const MAX_SEQUENCE: u32 = 999_999;

/// An order as it is told. What decides about money has to be right; what only helps is `Helpful`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderBody {
    /// Told where the address does not say it.
    pub shop: Option<ShopId>,
    pub(super) id: PlatformId,
    pub(super) placed_at: Timestamp,
    updated_at: Timestamp,
    /// Tells descriptions with one `updated_at` apart: the greater one is newer.
    sequence: Option<u32>,
    pub(super) state: OrderState,
    pub(super) customer: Option<CustomerBody>,
    pub(super) currency: Currency,
    pub(super) net: Money,
    pub(super) total: Money,
    /// In the order in which they were entered.
    pub(super) coupon_codes: Option<Vec<String>>,
    /// What each coupon took off; a coupon that is named here need not be named among the codes.
    pub(super) discounts: Option<Vec<DiscountBody>>,
    pub(super) click_token: Option<String>,
    pub(super) referral_code: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) test: bool,
    /// All that there are; `None` says nothing of them.
    pub(super) refunds: Option<Vec<RefundBody>>,
    /// The goods: their nets say how the order's net is shared among them.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) lines: Vec<LineBody>,
    #[serde(default)]
    pub(super) country: Helpful<Country>,
    #[serde(default)]
    pub(super) market: Helpful<Text<64>>,
    pub(super) charged_back: Option<bool>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OrderState {
    Placed,
    Paid,
    Fulfilled,
    Delivered,
    Cancelled,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CustomerBody {
    pub(super) id: Option<String>,
    /// Must be one where it is told, see [`OrderBody::faults`]: by it a customer is known.
    #[serde(default)]
    pub(super) email: Helpful<EmailAddress>,
    #[serde(default)]
    pub(super) name: Helpful<String>,
    #[serde(default)]
    pub(super) locale: Helpful<Locale>,
    #[serde(default)]
    pub(super) phone: Helpful<Phone>,
    #[serde(default)]
    pub(super) address: Helpful<AddressBody>,
    #[serde(default)]
    pub(super) device: Helpful<Device>,
}

/// Where the buyer lives. What else an address has is taken and not used.
#[derive(Deserialize)]
pub(super) struct AddressBody {
    #[serde(default)]
    pub(super) line1: Helpful<String>,
    #[serde(default)]
    pub(super) postal_code: Helpful<String>,
    #[serde(default)]
    pub(super) country: Helpful<Country>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DiscountBody {
    #[serde(default)]
    pub(super) code: Helpful<Text<64>>,
    pub(super) amount: Money,
    /// What the shopper saw taken off, with the tax that prices contain.
    #[serde(default)]
    pub(super) shown: Option<Money>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RefundBody {
    pub(super) id: PlatformId,
    pub(super) net: Money,
    /// What of it is for which line, as far as it is told.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) lines: Vec<RefundedLineBody>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RefundedLineBody {
    pub(super) id: PlatformId,
    pub(super) net: Money,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LineBody {
    pub(super) id: Option<PlatformId>,
    #[serde(default)]
    pub(super) sku: Helpful<Text<64>>,
    #[serde(default)]
    pub(super) product_id: Helpful<Text<64>>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) collections: Vec<Helpful<Text<64>>>,
    /// The line's net is for all of them, so nothing follows from it.
    #[serde(default)]
    pub(super) quantity: Helpful<f64>,
    /// A line without one adds nothing.
    pub(super) net: Option<Money>,
}

impl OrderBody {
    /// The description's own clock. With a sequence, `updated_at` counts to the millisecond, and the sequence is what is
    /// finer: so it decides in all that the description says.
    pub(super) fn as_of(&self) -> Timestamp {
        let Some(sequence) = self.sequence else { return self.updated_at };
        let finer = SignedDuration::from_nanos(sequence.into());
        let whole = Timestamp::from_millisecond(self.updated_at.as_millisecond());
        whole.and_then(|whole| whole.checked_add(finer)).unwrap_or(self.updated_at)
    }

    /// Everything that is out of range.
    pub fn faults(&self, now: Timestamp) -> Faults {
        let mut faults = Faults::default();
        let latest = now.checked_add(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MAX);
        for (pointer, at) in [("/placed_at", self.placed_at), ("/updated_at", self.updated_at)] {
            let allowed = format!("must be between 1970-01-01 and a day from now, {latest:.0}");
            faults.unless((Timestamp::UNIX_EPOCH..=latest).contains(&at), pointer, allowed);
        }
        self.check_email(&mut faults);
        let in_range = self.sequence.is_none_or(|sequence| sequence <= MAX_SEQUENCE);
        faults.unless(in_range, "/sequence", format!("must be 0 to {MAX_SEQUENCE}"));
        self.money(&mut faults, "/net", self.net);
        self.money(&mut faults, "/total", self.total);
        self.check_coupons(&mut faults);
        self.check_lines(&mut faults);
        self.check_refunds(&mut faults);
        faults
    }

    /// Who bought decides who is paid, so a wrong address is told to who sent it. An order that is called off pays nobody,
    /// and must not be missed.
    fn check_email(&self, faults: &mut Faults) {
        let is_called_off = self.state == OrderState::Cancelled || self.charged_back == Some(true);
        if let Some(CustomerBody { email: Helpful::Unread(why), .. }) = &self.customer
            && !is_called_off
        {
            faults.unless(false, "/customer/email", why);
        }
    }

    fn money(&self, faults: &mut Faults, pointer: &str, money: Money) {
        let in_currency = money.currency() == self.currency;
        faults.unless(in_currency, pointer, format!("must be in the order's currency, {}", self.currency));
        faults.unless(!in_currency || money.minor() >= 0, pointer, "must be 0 or more");
    }

    fn check_coupons(&self, faults: &mut Faults) {
        let most = |what: &str| format!("must be at most {MAX_CODES} {what}");
        let (codes, discounts) = (self.coupon_codes.iter().flatten(), self.discounts.iter().flatten());
        faults.unless(codes.count() <= MAX_CODES, "/coupon_codes", most("codes"));
        faults.unless(discounts.clone().count() <= MAX_CODES, "/discounts", most("discounts"));
        for (index, discount) in discounts.enumerate() {
            self.money(faults, &format!("/discounts/{index}/amount"), discount.amount);
            if let Some(shown) = discount.shown {
                self.money(faults, &format!("/discounts/{index}/shown"), shown);
            }
        }
    }

    fn check_lines(&self, faults: &mut Faults) {
        faults.unless(self.lines.len() <= MAX_LINES, "/lines", format!("must be at most {MAX_LINES} lines"));
        let mut ids = BTreeSet::new();
        for (index, line) in self.lines.iter().enumerate() {
            let at = |field: &str| format!("/lines/{index}/{field}");
            faults.unless(line.id.as_ref().is_none_or(|id| ids.insert(id)), at("id"), "must be another for each line");
            let few = line.collections.len() <= MAX_COLLECTIONS;
            faults.unless(few, at("collections"), format!("must be at most {MAX_COLLECTIONS} collections"));
            if let Some(net) = line.net {
                self.money(faults, &at("net"), net);
            }
        }
    }

    fn check_refunds(&self, faults: &mut Faults) {
        let refunds = self.refunds.iter().flatten();
        let few = refunds.clone().count() <= MAX_REFUNDS;
        faults.unless(few, "/refunds", format!("must be at most {MAX_REFUNDS} refunds"));
        let mut ids = BTreeSet::new();
        for (index, refund) in refunds.enumerate() {
            faults.unless(ids.insert(&refund.id), format!("/refunds/{index}/id"), "must be another for each refund");
            self.money(faults, &format!("/refunds/{index}/net"), refund.net);
            let at = format!("/refunds/{index}/lines");
            faults.unless(refund.lines.len() <= MAX_LINES, at.clone(), format!("must be at most {MAX_LINES} lines"));
            for (line, part) in refund.lines.iter().enumerate() {
                self.money(faults, &format!("{at}/{line}/net"), part.net);
            }
        }
    }
}
