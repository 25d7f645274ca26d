//! Codes at the checkout: a promotion for each discount, and under it as many codes as there are links. Promotions are
//! told apart by name, and codes are one of a kind in a store, so asking twice makes nothing twice.

use futures_util::future::join_all;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::super::api::{ApiFailure, Caller, CodeFate, Offer, OfferValue};
use super::super::wire;
use super::body::Wrapped;
use crate::crypto::sha256_hex;
use crate::domain::coupon::CouponCode;
use crate::domain::order::PlatformId;

/// The longest code.
const MAX_CODE: usize = 50;
/// Codes that are made at a time: the store allows forty.
const AT_ONCE: usize = 8;
/// What the names of promotions begin with whose codes are for one use each.
const SINGLE: &str = "Goodword reward ";

#[derive(Deserialize)]
struct Promotion {
    #[serde(deserialize_with = "wire::id")]
    id: PlatformId,
    #[serde(default)]
    name: String,
    #[serde(default)]
    redemption_type: String,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(deserialize_with = "wire::id")]
    id: PlatformId,
    #[serde(default)]
    code: String,
}

pub(in super::super) async fn put_offer(
    caller: &Caller,
    name: &str,
    offer: &Offer,
    known: Option<&str>,
) -> Result<String, ApiFailure> {
    if let Some(id) = known {
        match change(caller, id, name, offer).await {
            // Somebody deleted it.
            Err(ApiFailure::Missing) => {}
            changed => return changed.map(|()| id.to_owned()),
        }
    }
    if let Some(id) = find(caller, name).await? {
        return change(caller, &id, name, offer).await.map(|()| id);
    }
    let mut body = promotion(name, offer);
    body["redemption_type"] = json!("COUPON");
    body["coupon_type"] = json!("BULK");
    let made = caller.call::<Wrapped<Promotion>>("POST", "/v3/promotions", &[], Some(&body)).await?;
    Ok(made.body.data.id.to_string())
}

async fn change(caller: &Caller, id: &str, name: &str, offer: &Offer) -> Result<(), ApiFailure> {
    let path = format!("/v3/promotions/{id}");
    caller.call::<IgnoredAny>("PUT", &path, &[], Some(&promotion(name, offer))).await.map(drop)
}

/// The promotion of this name; of several, which two of us made at the same time, the first.
async fn find(caller: &Caller, name: &str) -> Result<Option<String>, ApiFailure> {
    // In small letters here and in capitals in bodies: the documented values of the one are not those of the other.
    let query = [("name", name), ("redemption_type", "coupon"), ("sort", "id"), ("direction", "asc")];
    let found = caller.get::<Wrapped<Vec<Promotion>>>("/v3/promotions", &query).await?.body.data.into_iter();
    // Names may be found by a part of them.
    let mut ours = found.filter(|promotion| promotion.name == name && promotion.redemption_type != "AUTOMATIC");
    Ok(ours.next().map(|promotion| promotion.id.to_string()))
}

fn promotion(name: &str, offer: &Offer) -> Value {
    let discount = |discount: Value| json!({"cart_value": {"discount": discount}});
    let action = match &offer.value {
        OfferValue::Percent(percent) => discount(json!({"percentage_amount": String::from(*percent)})),
        OfferValue::Fixed(money) => discount(json!({"fixed_amount": money.amount()})),
        OfferValue::FreeShipping => json!({"shipping": {"free_shipping": true, "zone_ids": "*"}}),
    };
    let mut rule = json!({"action": action, "apply_once": true, "stop": false});
    if let Some(minimum) = offer.terms.minimum {
        rule["condition"] = json!({"cart": {"minimum_spend": minimum.amount()}});
    }
    // Amounts are of one currency; a share of the goods is the same in all.
    let fixed = match offer.value {
        OfferValue::Fixed(money) => Some(money),
        OfferValue::Percent(_) | OfferValue::FreeShipping => offer.terms.minimum,
    };
    let mut body = json!({
        "name": name,
        "display_name": offer.title,
        "rules": [rule],
        "currency_code": fixed.map_or("*", |money| money.currency().code()),
        "status": "ENABLED",
        "end_date": offer.terms.ends_at.map(|at| format!("{at:.0}")),
    });
    if let Some(at) = offer.terms.starts_at {
        body["start_date"] = json!(format!("{at:.0}"));
    }
    body
}

pub(in super::super) async fn add(
    caller: &Caller,
    discount: &str,
    offer: &Offer,
    codes: &[CouponCode],
) -> Result<Vec<CodeFate>, ApiFailure> {
    let uses = json!({"max_uses": 0, "max_uses_per_customer": u8::from(offer.terms.once_per_customer)});
    let mut fates = Vec::with_capacity(codes.len());
    for some in codes.chunks(AT_ONCE) {
        for fate in join_all(some.iter().map(|code| add_one(caller, discount, code, &uses))).await {
            fates.push(fate?);
        }
    }
    Ok(fates)
}

async fn add_one(caller: &Caller, discount: &str, code: &CouponCode, uses: &Value) -> Result<CodeFate, ApiFailure> {
    let text = code.as_str();
    let takes = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if text.len() > MAX_CODE || !text.bytes().all(takes) {
        let detail = format!("BigCommerce takes at most {MAX_CODE} letters, digits, hyphens and underscores");
        return Ok(CodeFate::Refused(detail));
    }
    let mut body = uses.clone();
    body["code"] = json!(text);
    let path = format!("/v3/promotions/{discount}/codes");
    match caller.call::<IgnoredAny>("POST", &path, &[], Some(&body)).await {
        Ok(_) => Ok(CodeFate::Made),
        // Perhaps it is there already, from a time when its answer was lost.
        Err(ApiFailure::Refused { detail, .. }) => Ok(match id_of(caller, discount, code).await? {
            Some(_) => CodeFate::Made,
            None => CodeFate::Refused(detail),
        }),
        Err(failure) => Err(failure),
    }
}

/// The id of a code that this promotion has.
async fn id_of(caller: &Caller, discount: &str, code: &CouponCode) -> Result<Option<String>, ApiFailure> {
    let path = format!("/v3/promotions/{discount}/codes");
    let listed = match caller.get::<Option<Wrapped<Vec<Listed>>>>(&path, &[("code", code.as_str())]).await {
        Err(ApiFailure::Missing) => None,
        listed => listed?.body,
    };
    let mut same = listed.into_iter().flat_map(|listed| listed.data);
    Ok(same.find(|listed| listed.code.eq_ignore_ascii_case(code.as_str())).map(|listed| listed.id.to_string()))
}

/// A code for one use. All codes of the same terms share a promotion, whose name follows from the terms: stores have room
/// for few promotions, and for many codes.
pub(in super::super) async fn make(caller: &Caller, offer: &Offer, code: &CouponCode) -> Result<CodeFate, ApiFailure> {
    let Offer { value, terms, .. } = offer;
    let said = format!("{value:?} {:?} {:?} {:?}", terms.minimum, terms.starts_at, terms.ends_at);
    let name = format!("{SINGLE}{}", &sha256_hex(&[said.as_bytes()])[..16]);
    let discount = match find(caller, &name).await? {
        Some(id) => id,
        None => put_offer(caller, &name, offer, None).await?,
    };
    add_one(caller, &discount, code, &json!({"max_uses": 1, "max_uses_per_customer": 1})).await
}

pub(in super::super) async fn remove(
    caller: &Caller,
    discount: Option<&str>,
    code: &CouponCode,
) -> Result<(), ApiFailure> {
    let discounts = if let Some(discount) = discount {
        vec![discount.to_owned()]
    } else {
        let found = caller.get::<Wrapped<Vec<Promotion>>>("/v3/promotions", &[("code", code.as_str())]).await?;
        let ours = found.body.data.into_iter().filter(|promotion| promotion.name.starts_with(SINGLE));
        ours.map(|promotion| promotion.id.to_string()).collect()
    };
    for discount in discounts {
        let Some(id) = id_of(caller, &discount, code).await? else { continue };
        let path = format!("/v3/promotions/{discount}/codes/{id}");
        match caller.call::<IgnoredAny>("DELETE", &path, &[], None).await {
            Ok(_) | Err(ApiFailure::Missing) => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(())
}
