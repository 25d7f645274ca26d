//! `POST /v1/orders`: order events from a merchant's own system, in the engine's own words. The same path as a webhook
//! from the fold on.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use shared::App;
use shared::domain::email::EmailAddress;
use shared::domain::id::ShopId;
use shared::domain::money::{Currency, Money};
use shared::domain::order::{
    Evidence, Facts, Learnt, MAX_CODES, OrderEvent, OrderRef, PlatformId, Refund, Snapshot, may_be_token,
};
use shared::domain::person::{Contact, Locale, PersonName};
use shared::http::{Answer, ApiError, Begun, Call, Faults, begin, or_default, save};
use shared::settle::{Owner, settle};
use shared::store::Shop;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderBody {
    shop: ShopId,
    id: PlatformId,
    placed_at: Timestamp,
    updated_at: Timestamp,
    state: OrderState,
    customer: Option<CustomerBody>,
    currency: Currency,
    net: Money,
    total: Money,
    #[serde(default, deserialize_with = "or_default")]
    coupon_codes: Vec<String>,
    click_token: Option<String>,
    referral_code: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    test: bool,
    #[serde(default, deserialize_with = "or_default")]
    refunds: Vec<RefundBody>,
    /// Read so that integrations can send them from the first day; no rule looks at lines yet.
    #[serde(default, deserialize_with = "or_default")]
    #[expect(dead_code, reason = "only checked for shape")]
    lines: Vec<LineBody>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OrderState {
    Placed,
    Paid,
    Fulfilled,
    Delivered,
    Cancelled,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomerBody {
    id: Option<String>,
    email: Option<EmailAddress>,
    name: Option<String>,
    locale: Option<Locale>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RefundBody {
    id: PlatformId,
    net: Money,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only checked for shape")]
struct LineBody {
    id: Option<String>,
    sku: Option<String>,
    product_id: Option<String>,
    quantity: Option<u32>,
    net: Option<Money>,
}

/// A row must fit into one item.
const MAX_REFUNDS: usize = 100;

/// `POST /v1/orders`.
pub(crate) async fn create(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let claim = match begin(app, call, &merchant.to_string()).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(claim) => claim,
    };
    let body: OrderBody = call.json()?;
    check(&body, app.now())?;
    let shop = app.store.shop(body.shop).await?.filter(|shop| shop.merchant == merchant);
    let shop = shop.ok_or_else(|| ApiError::not_found("shop"))?;

    let event = event(app, &shop, body);
    let decision = settle(app, Owner { merchant, shop: shop.id }, &event).await?;

    let answer = Answer::accepted(json!({"order": event.order.id, "outcome": decision.outcome}));
    save(app, claim.as_ref(), &answer).await
}

fn check(body: &OrderBody, now: Timestamp) -> Result<(), ApiError> {
    let mut faults = Faults::default();
    let mut money = |pointer: String, money: Money| {
        let in_currency = money.currency() == body.currency;
        let allowed = format!("must be in the order's currency, {}", body.currency);
        faults.unless(in_currency, pointer.clone(), allowed);
        faults.unless(!in_currency || money.minor() >= 0, pointer, "must be 0 or more");
    };
    money("/net".into(), body.net);
    money("/total".into(), body.total);
    for (index, refund) in body.refunds.iter().enumerate() {
        money(format!("/refunds/{index}/net"), refund.net);
    }
    let latest = now.checked_add(SignedDuration::from_hours(24)).unwrap_or(Timestamp::MAX);
    for (pointer, at) in [("/placed_at", body.placed_at), ("/updated_at", body.updated_at)] {
        let allowed = format!("must be between 1970-01-01 and a day from now, {latest:.0}");
        faults.unless((Timestamp::UNIX_EPOCH..=latest).contains(&at), pointer, allowed);
    }
    let (codes, refunds) = (body.coupon_codes.len(), body.refunds.len());
    faults.unless(codes <= MAX_CODES, "/coupon_codes", format!("must be at most {MAX_CODES} codes"));
    faults.unless(refunds <= MAX_REFUNDS, "/refunds", format!("must be at most {MAX_REFUNDS} refunds"));
    faults.finish()
}

fn event(app: &App, shop: &Shop, body: OrderBody) -> OrderEvent {
    let keys = &app.config.keys;
    let as_of = body.updated_at;
    let in_state = |states: &[OrderState]| states.contains(&body.state).then_some(as_of);
    let (customer_id, contact) = body.customer.map_or((None, None), |customer| {
        let name = customer.name.as_deref().and_then(PersonName::parse);
        (customer.id, customer.email.map(|email| Contact { email, name, locale: customer.locale }))
    });
    let refunds = body.refunds.into_iter().map(|refund| {
        let facts = Refund { as_of, effective: true, lines: refund.net.minor(), lines_tax: 0, amount: 0 };
        (refund.id, facts)
    });
    // A code that no link could have can't be evidence; an order is not refused for what a shopper typed.
    let codes = body.coupon_codes.iter().filter_map(|code| code.parse().ok()).map(Evidence::Coupon);
    let token = body.click_token.filter(|token| may_be_token(token)).map(Evidence::Click);
    let named = body.referral_code.and_then(|code| code.parse().ok()).map(Evidence::Code);
    let facts = Facts {
        snapshot: Some(Snapshot {
            updated_at: as_of,
            cancelled_at: in_state(&[OrderState::Cancelled]),
            placed_at: body.placed_at,
            currency: body.currency,
            net: body.net.minor(),
            total: body.total.minor(),
            tax_included: false,
            test: body.test,
        }),
        by_email: contact
            .as_ref()
            .map(|to: &Contact| Learnt { as_of, value: keys.person_by_email(shop.merchant, &to.email) }),
        by_customer_id: customer_id
            .map(|id| Learnt { as_of, value: keys.person_by_customer_id(shop.merchant, &shop.id.to_string(), &id) }),
        evidence: codes.chain(token).chain(named).collect::<BTreeSet<_>>(),
        refunds: refunds.collect(),
        paid_at: in_state(&[OrderState::Paid, OrderState::Fulfilled, OrderState::Delivered]),
        fulfilled_at: in_state(&[OrderState::Fulfilled, OrderState::Delivered]),
        delivered_at: in_state(&[OrderState::Delivered]),
    };
    OrderEvent { order: OrderRef { shop: shop.id, id: body.id }, facts, contact }
}
