//! One customer's description, as a call or a line of an import has it.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use shared::App;
use shared::domain::customer::Customer;
use shared::domain::email::EmailAddress;
use shared::domain::id::{MerchantId, ShopId};
use shared::domain::money::Money;
use shared::domain::person::{Contact, CustomerAccount, CustomerId, Locale, PersonKey, PersonName};
use shared::domain::text::Text;
use shared::http::{ApiError, Fault, Patch, Told};
use shared::settle::note_account;
use shared::store::Writes;

/// Tries until "busy" is the answer.
const TRIES: u32 = 8;
/// More tags than say anything about a customer.
const MAX_TAGS: usize = 50;

/// What is said; what is left out stays, `null` takes it away.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    email: EmailAddress,
    /// The shop where the customer has the account `customer_id`. Such a word can't be taken back.
    #[serde(default)]
    shop: Option<ShopId>,
    #[serde(default)]
    customer_id: Option<CustomerId>,
    #[serde(default)]
    name: Patch<PersonName>,
    #[serde(default)]
    locale: Patch<Locale>,
    #[serde(default)]
    time_zone: Patch<String>,
    #[serde(default)]
    orders: Patch<u32>,
    #[serde(default)]
    spend: Patch<Money>,
    #[serde(default)]
    last_order_at: Patch<Timestamp>,
    #[serde(default)]
    refunded_at: Patch<Timestamp>,
    #[serde(default)]
    tags: Patch<Vec<Text<64>>>,
    #[serde(default)]
    loyalty_tier: Patch<Text<32>>,
    #[serde(default)]
    do_not_ask: Patch<bool>,
    #[serde(default)]
    open_ticket: Patch<bool>,
    #[serde(default)]
    opted_in: Patch<bool>,
    /// Only `null` can be said: mails to the customer may be tried again.
    #[serde(default)]
    suppressed: Patch<bool>,
}

impl Change {
    /// How a friend is reached.
    pub(super) fn of_friend(email: EmailAddress, name: Patch<PersonName>, locale: Patch<Locale>) -> Self {
        Self {
            email,
            shop: None,
            customer_id: None,
            name,
            locale,
            time_zone: Patch::Absent,
            orders: Patch::Absent,
            spend: Patch::Absent,
            last_order_at: Patch::Absent,
            refunded_at: Patch::Absent,
            tags: Patch::Absent,
            loyalty_tier: Patch::Absent,
            do_not_ask: Patch::Absent,
            open_ticket: Patch::Absent,
            opted_in: Patch::Absent,
            suppressed: Patch::Absent,
        }
    }

    /// What is wrong beyond the shape. `at`: where the change stands in the body.
    pub(super) fn check(&self, at: &str) -> Result<(), Vec<Fault>> {
        let mut faults = Vec::new();
        for (given, other, name) in [
            (self.shop.is_some(), self.customer_id.is_some(), "shop"),
            (self.customer_id.is_some(), self.shop.is_some(), "customer_id"),
        ] {
            if other && !given {
                faults.push(Fault::new(format!("{at}/{name}"), "must be given: an account is known by shop and id"));
            }
        }
        if let Patch::Set(zone) = &self.time_zone
            && TimeZone::get(zone).is_err()
        {
            faults
                .push(Fault::new(format!("{at}/time_zone"), "must be an IANA time zone such as \"Europe/Stockholm\""));
        }
        if matches!(&self.tags, Patch::Set(tags) if tags.len() > MAX_TAGS) {
            faults.push(Fault::new(format!("{at}/tags"), format!("must have at most {MAX_TAGS} entries")));
        }
        if matches!(&self.spend, Patch::Set(spend) if spend.minor() < 0) {
            faults.push(Fault::new(format!("{at}/spend"), "must not be negative"));
        }
        if matches!(self.suppressed, Patch::Set(_)) {
            faults
                .push(Fault::new(format!("{at}/suppressed"), "can only be null: what SES tells suppresses a customer"));
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// The customer after it.
    fn applied_to(&self, before: Customer, now: Timestamp) -> Customer {
        let known = before.contact.as_ref();
        let contact = Contact {
            email: self.email.clone(),
            name: self
                .name
                .applied_to(known.and_then(|known| known.name.as_ref()))
                .filter(|it| !it.expose().is_empty()),
            locale: self.locale.applied_to(known.and_then(|known| known.locale.as_ref())),
        };
        let tags = match &self.tags {
            Patch::Absent => before.tags,
            Patch::Clear => std::collections::BTreeSet::new(),
            Patch::Set(tags) => tags.iter().cloned().map(String::from).collect(),
        };
        let tier = match &self.loyalty_tier {
            Patch::Absent => before.tier,
            Patch::Clear => None,
            Patch::Set(tier) => Some(tier.clone().into()),
        };
        Customer {
            contact: Some(contact),
            time_zone: self.time_zone.applied_to(before.time_zone.as_ref()),
            orders_told_at: match self.orders {
                Patch::Clear => None,
                Patch::Set(orders) if before.orders != Some(orders) => Some(now),
                // Saying the same again says nothing new of when it was so.
                Patch::Absent | Patch::Set(_) => before.orders_told_at,
            },
            orders: self.orders.applied_to(before.orders.as_ref()),
            spend: self.spend.applied_to(before.spend.as_ref()),
            last_order_at: self.last_order_at.applied_to(before.last_order_at.as_ref()),
            refunded_at: self.refunded_at.applied_to(before.refunded_at.as_ref()),
            tags,
            tier,
            do_not_ask: self.do_not_ask.applied_to(Some(&before.do_not_ask)).unwrap_or_default(),
            open_ticket: self.open_ticket.applied_to(Some(&before.open_ticket)).unwrap_or_default(),
            opted_in: self.opted_in.applied_to(before.opted_in.as_ref()),
            version: before.version + 1,
        }
    }
}

/// The account that is told, in a shop of the merchant's own.
async fn account(app: &App, merchant: MerchantId, change: &Change) -> Result<Option<CustomerAccount>, ApiError> {
    let (Some(id), Some(customer)) = (change.shop, &change.customer_id) else { return Ok(None) };
    let shop = app.store.shop(id).await?.filter(|shop| shop.merchant == merchant);
    if shop.is_none() {
        return Err(ApiError::invalid(vec![Fault::new("/shop", "must be a shop of yours")]));
    }
    Ok(Some(CustomerAccount { shop: id, id: customer.clone() }))
}

/// Writes the change, also to what is known of the customer as an advocate; `told`: it goes on record by itself. Answers the
/// customer's pseudonym.
pub(super) async fn apply(
    app: &App,
    merchant: MerchantId,
    change: &Change,
    told: Option<&Told>,
) -> Result<PersonKey, ApiError> {
    let person = app.config.keys.person_by_email(merchant, &change.email);
    let account = account(app, merchant, change).await?;
    for _ in 0..TRIES {
        let row = app.store.person(merchant, &person).await?.unwrap_or_default();
        if row.erased_at.is_some() {
            return Err(ApiError::conflict(
                "customer_erased",
                "this customer was erased; nothing is kept of them again until they sign up or order",
            ));
        }
        if let Some(account) = &account {
            let key = app.config.keys.person_by_customer_id(merchant, &account.shop.to_string(), account.id.expose());
            note_account(app, merchant, (&person, &row), &key).await?;
            if let Some(news) = row.news_of(Some(account.clone())) {
                app.store.note_known_as(merchant, &person, &news, Timestamp::UNIX_EPOCH).await?;
            }
        }
        let before = row.customer.unwrap_or_default();
        let customer = change.applied_to(before.clone(), app.now());
        let is_news = Customer { version: before.version, ..customer.clone() } != before;
        let tier = (!matches!(change.loyalty_tier, Patch::Absent)).then_some(customer.tier.as_deref());
        let mut writes = Writes::default();
        if is_news {
            app.store.put_customer(&mut writes, merchant, &person, &customer)?;
        }
        if let Some(told) = told {
            told.record_change(app, &mut writes, merchant, ("change_customer", person.as_str()))?;
        }
        match app.store.transact(writes).await {
            Err(failure) if failure.is_condition() => continue,
            written => written?,
        }
        if matches!(change.suppressed, Patch::Clear) {
            app.store.lift_suppression(merchant, &person).await?;
        }
        if let (Some(advocate), Some(tier)) = (row.advocate, tier) {
            let mut writes = Writes::default();
            app.store.describe_advocate(&mut writes, advocate, Some(tier), &std::collections::BTreeMap::new())?;
            match app.store.transact(writes).await {
                // Erased meanwhile: nothing is kept.
                Err(failure) if failure.is_condition() => {}
                described => described?,
            }
        }
        return Ok(person);
    }
    Err(ApiError::busy("the customer was changed by others each time"))
}
