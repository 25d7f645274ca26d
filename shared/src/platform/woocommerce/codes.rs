//! Codes at the checkout. WooCommerce has no discount that codes share: each is a coupon with terms of its own. They are
//! made a hundred at a time, and what an answer says of each is looked at: one that is there already is looked up, and
//! brought to the terms if it is ours.

use futures_util::future::try_join_all;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::api::{ApiFailure, Caller, CodeFate, Offer, OfferValue};
use super::coupon::{COUPONS, CouponBody, change_of_type, terms, with};
use super::php;
use crate::domain::coupon::CouponCode;
use crate::domain::money::Currency;
use crate::domain::person::printable;

/// As many as one call may make or change.
const BATCH: usize = 100;
/// Look-ups at a time. WooCommerce has no rate limit; the host that it shares with others does.
const AT_A_TIME: usize = 2;
const EXISTS: &str = "woocommerce_rest_coupon_code_already_exists";
const NOT_OURS: &str = "the shop has a coupon of its own with this code";

/// What became of each coupon of a batch, in their order.
#[derive(Deserialize)]
struct BatchAnswer {
    #[serde(default, deserialize_with = "php::list")]
    create: Vec<Made>,
    #[serde(default, deserialize_with = "php::list")]
    update: Vec<Made>,
}

#[derive(Deserialize)]
struct Made {
    #[serde(default)]
    error: Option<ErrorBody>,
}

/// How WordPress says no.
#[derive(Default, Deserialize)]
struct ErrorBody {
    #[serde(default, deserialize_with = "php::text")]
    code: Option<String>,
    #[serde(default, deserialize_with = "php::text")]
    message: Option<String>,
}

impl ErrorBody {
    fn exists(&self) -> bool {
        self.code.as_deref() == Some(EXISTS)
    }

    fn fate(self) -> CodeFate {
        let said = self.message.or(self.code).unwrap_or_else(|| "the shop does not say why".to_owned());
        CodeFate::Refused(printable(&said, 200))
    }
}

pub(in super::super) async fn add(
    caller: &Caller,
    offer: &Offer,
    codes: &[CouponCode],
) -> Result<Vec<CodeFate>, ApiFailure> {
    if let Some(other) = other_currency(caller, offer).await? {
        return Ok(vec![CodeFate::Refused(other); codes.len()]);
    }
    let mut fates = Vec::with_capacity(codes.len());
    for codes in codes.chunks(BATCH) {
        fates.extend(add_some(caller, offer, codes).await?);
    }
    Ok(fates)
}

/// The currency that the shop sells in.
#[derive(Deserialize)]
struct CurrencyBody {
    code: Currency,
}

/// What is wrong with the offer's amounts, if they are not in the shop's currency: coupons name none, so that 1,000 yen
/// would be 1,000 euros.
async fn other_currency(caller: &Caller, offer: &Offer) -> Result<Option<String>, ApiFailure> {
    let fixed = match &offer.value {
        OfferValue::Fixed(money) => Some(*money),
        OfferValue::Percent(_) | OfferValue::FreeShipping => None,
    };
    let amounts = [fixed, offer.terms.minimum];
    if amounts.iter().all(Option::is_none) {
        return Ok(None);
    }
    let shop = caller.get::<CurrencyBody>("/wp-json/wc/v3/data/currencies/current", &[]).await?.body.code;
    let other = amounts.into_iter().flatten().find(|money| money.currency() != shop);
    Ok(other.map(|money| format!("the shop's currency is {shop}, and the amount is in {}", money.currency())))
}

async fn add_some(caller: &Caller, offer: &Offer, codes: &[CouponCode]) -> Result<Vec<CodeFate>, ApiFailure> {
    let create: Vec<_> = codes.iter().map(|code| with(terms(offer, 0), "code", code.as_str().into())).collect();
    let made = batch(caller, "create", create).await?.create;
    if made.len() != codes.len() {
        return Err(ApiFailure::Nonsense("not an answer for each code".into()));
    }
    let mut fates = vec![CodeFate::Made; codes.len()];
    let mut known = Vec::new();
    for (index, made) in made.into_iter().enumerate() {
        match made.error {
            None => {}
            Some(error) if error.exists() => known.push(index),
            Some(error) => fates[index] = error.fate(),
        }
    }
    let mut found = Vec::with_capacity(known.len());
    for some in known.chunks(AT_A_TIME) {
        found.extend(try_join_all(some.iter().map(|index| find(caller, &codes[*index]))).await?);
    }
    let mut ours = Vec::new();
    for (index, coupon) in known.into_iter().zip(found) {
        match coupon {
            Some(coupon) if coupon.is_ours() => ours.push((index, coupon)),
            _ => fates[index] = CodeFate::Refused(NOT_OURS.to_owned()),
        }
    }
    for (index, fate) in change(caller, offer, &ours).await? {
        fates[index] = fate;
    }
    Ok(fates)
}

/// Brings coupons of ours to the terms.
async fn change(
    caller: &Caller,
    offer: &Offer,
    coupons: &[(usize, CouponBody)],
) -> Result<Vec<(usize, CodeFate)>, ApiFailure> {
    let first = coupons.iter().filter(|(_, coupon)| coupon.must_change_type_first(offer));
    let first: Vec<_> = first.map(|(_, coupon)| coupon.changed(change_of_type(offer))).collect();
    if !first.is_empty() {
        batch(caller, "update", first).await?;
    }
    if coupons.is_empty() {
        return Ok(Vec::new());
    }
    let all = coupons.iter().map(|(_, coupon)| coupon.changed(terms(offer, 0))).collect();
    let changed = batch(caller, "update", all).await?.update;
    if changed.len() != coupons.len() {
        return Err(ApiFailure::Nonsense("not an answer for each code".into()));
    }
    let fates = changed.into_iter().map(|changed| changed.error.map_or(CodeFate::Made, ErrorBody::fate));
    Ok(coupons.iter().map(|(index, _)| *index).zip(fates).collect())
}

async fn batch(caller: &Caller, does: &'static str, coupons: Vec<Value>) -> Result<BatchAnswer, ApiFailure> {
    let body = Value::Object(Map::from_iter([(does.to_owned(), Value::Array(coupons))]));
    Ok(caller.call("POST", &format!("{COUPONS}/batch"), &[], Some(&body)).await?.body)
}

pub(in super::super) async fn make(caller: &Caller, offer: &Offer, code: &CouponCode) -> Result<CodeFate, ApiFailure> {
    if let Some(other) = other_currency(caller, offer).await? {
        return Ok(CodeFate::Refused(other));
    }
    let coupon = with(terms(offer, 1), "code", code.as_str().into());
    match caller.call::<Value>("POST", COUPONS, &[], Some(&coupon)).await {
        Ok(_) => Ok(CodeFate::Made),
        Err(ApiFailure::Refused { status: 400, detail }) if detail.contains(EXISTS) => {
            remake(caller, offer, code).await
        }
        failure => refused(failure.map(drop)),
    }
}

/// A code that is there already: it may be ours, of a time before whose answer was lost.
async fn remake(caller: &Caller, offer: &Offer, code: &CouponCode) -> Result<CodeFate, ApiFailure> {
    let Some(coupon) = find(caller, code).await?.filter(CouponBody::is_ours) else {
        return Ok(CodeFate::Refused(NOT_OURS.to_owned()));
    };
    let path = coupon.path();
    if coupon.must_change_type_first(offer) {
        let first = Value::Object(change_of_type(offer));
        caller.call::<Value>("PUT", &path, &[], Some(&first)).await?;
    }
    let all = Value::Object(terms(offer, 1));
    refused(caller.call::<Value>("PUT", &path, &[], Some(&all)).await.map(drop))
}

/// What the shop says of this one code is its fate; anything else is a failure.
fn refused(done: Result<(), ApiFailure>) -> Result<CodeFate, ApiFailure> {
    match done {
        Ok(()) => Ok(CodeFate::Made),
        Err(ApiFailure::Refused { status: 400, detail }) => {
            let error = serde_json::from_str::<ErrorBody>(&detail);
            Ok(error.unwrap_or(ErrorBody { code: None, message: Some(detail) }).fate())
        }
        Err(failure) => Err(failure),
    }
}

pub(in super::super) async fn remove(caller: &Caller, code: &CouponCode) -> Result<(), ApiFailure> {
    let Some(coupon) = find(caller, code).await?.filter(CouponBody::is_ours) else { return Ok(()) };
    let path = coupon.path();
    match caller.call::<Value>("DELETE", &path, &[("force", "true")], None).await {
        Ok(_) | Err(ApiFailure::Missing) => Ok(()),
        Err(failure) => Err(failure),
    }
}

/// The coupon with this code. Deleted ones and drafts are not found by it, and are in nobody's way.
async fn find(caller: &Caller, code: &CouponCode) -> Result<Option<CouponBody>, ApiFailure> {
    let coupons = caller.get::<Vec<CouponBody>>(COUPONS, &[("code", code.as_str())]).await?.body;
    Ok(coupons.into_iter().find(|coupon| coupon.is(code)))
}
