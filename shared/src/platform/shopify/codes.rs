//! Discounts by the GraphQL Admin API: one that many codes share, and one of its own for a single code. A discount is
//! known by its first code, which is made of its name: whoever asks a second time finds the code taken, and by it the
//! discount.

use serde_json::{Value, json};

use super::super::api::{ApiFailure, Caller, CodeFate, Offer, OfferValue};
pub(in super::super) use super::bulk::{add, remove};
use super::graphql::{SHOWN, UserError, ask, refused, user_error};
use crate::crypto::sha256_hex;
use crate::domain::coupon::CouponCode;
use crate::domain::money::{Money, Percent};
use crate::domain::person::printable;

/// The two kinds of discounts that offers need: the mutations that make and change one, and what they call its terms.
struct Words {
    kind: &'static str,
    create: &'static str,
    update: &'static str,
}

const BASIC: Words = Words {
    kind: "DiscountCodeBasic",
    create: "mutation($d: DiscountCodeBasicInput!) { done: discountCodeBasicCreate(basicCodeDiscount: $d) \
        { codeDiscountNode { id } userErrors { field message code } } }",
    update: "mutation($id: ID!, $d: DiscountCodeBasicInput!) { done: discountCodeBasicUpdate(id: $id, basicCodeDiscount: $d) \
        { codeDiscountNode { id } userErrors { field message code } } }",
};

const FREE_SHIPPING: Words = Words {
    kind: "DiscountCodeFreeShipping",
    create: "mutation($d: DiscountCodeFreeShippingInput!) { done: discountCodeFreeShippingCreate(freeShippingCodeDiscount: $d) \
        { codeDiscountNode { id } userErrors { field message code } } }",
    update: "mutation($id: ID!, $d: DiscountCodeFreeShippingInput!) { done: discountCodeFreeShippingUpdate(id: $id, freeShippingCodeDiscount: $d) \
        { codeDiscountNode { id } userErrors { field message code } } }",
};

/// Who has a code.
const BY_CODE: &str = "query($code: String!) { found: codeDiscountNodeByCode(code: $code) { id codeDiscount { __typename \
    ... on DiscountCodeBasic { title usageLimit } ... on DiscountCodeFreeShipping { title usageLimit } } } }";
const DELETE: &str = "mutation($id: ID!) { done: discountCodeDelete(id: $id) { deletedCodeDiscountId userErrors { field message code } } }";
const CURRENCY: &str = "query { shop { currencyCode } }";

fn words(offer: &Offer) -> &'static Words {
    match offer.value {
        OfferValue::Percent(_) | OfferValue::Fixed(_) => &BASIC,
        OfferValue::FreeShipping => &FREE_SHIPPING,
    }
}

pub(in super::super) async fn put_offer(
    caller: &Caller,
    name: &str,
    offer: &Offer,
    known: Option<&str>,
) -> Result<String, ApiFailure> {
    let words = words(offer);
    check_currency(caller, offer).await?;
    if let Some(id) = known
        && change(caller, words, id, offer).await?
    {
        return Ok(id.to_owned());
    }
    let first = first_code(name);
    let mut terms = terms(offer);
    terms["code"] = json!(first);
    // The second try follows when a discount of another kind had to make way.
    for _ in 0..2 {
        let error = match create(caller, words, &terms).await? {
            Ok(id) => return Ok(id),
            Err(error) if error.is_taken() => error,
            Err(error) => return Err(refused(&error.message)),
        };
        let Some(found) = by_code(caller, &first).await? else { return Err(refused(&error.message)) };
        if found.kind == words.kind && change(caller, words, &found.id, offer).await? {
            return Ok(found.id);
        }
        delete(caller, &found.id).await?;
    }
    Err(ApiFailure::Unavailable("a discount that was deleted is still there".into()))
}

/// One code with a discount of its own. Nobody else can have thought of the code, so if it is taken by a discount that
/// looks like this one, it was an earlier try of ours.
pub(in super::super) async fn make(caller: &Caller, offer: &Offer, code: &CouponCode) -> Result<CodeFate, ApiFailure> {
    check_currency(caller, offer).await?;
    let mut terms = terms(offer);
    terms["code"] = json!(code.as_str());
    terms["usageLimit"] = json!(1);
    let Err(error) = create(caller, words(offer), &terms).await? else { return Ok(CodeFate::Made) };
    if error.is_taken()
        && let Some(found) = by_code(caller, code.as_str()).await?
        && found.title == offer.title
        && found.usage_limit == Some(1)
    {
        return Ok(CodeFate::Made);
    }
    Ok(CodeFate::Refused(printable(&error.message, SHOWN)))
}

async fn create(caller: &Caller, words: &Words, terms: &Value) -> Result<Result<String, UserError>, ApiFailure> {
    let data = ask(caller, words.create, json!({"d": terms})).await?;
    if let Some(error) = user_error(&data["done"])? {
        return Ok(Err(error));
    }
    let id = data["done"]["codeDiscountNode"]["id"].as_str();
    id.map(|id| Ok(id.to_owned())).ok_or_else(|| ApiFailure::Nonsense("at codeDiscountNode".into()))
}

/// Gives a discount these terms. `false`: it is not there, or of another kind.
async fn change(caller: &Caller, words: &Words, id: &str, offer: &Offer) -> Result<bool, ApiFailure> {
    let mut terms = terms(offer);
    if offer.terms.minimum.is_none() {
        // One that was asked for before has to be taken back.
        terms["minimumRequirement"] = json!({"subtotal": {"greaterThanOrEqualToSubtotal": null}});
    }
    let data = ask(caller, words.update, json!({"id": id, "d": terms})).await?;
    match user_error(&data["done"])? {
        None => Ok(true),
        Some(error) if error.is_missing() => Ok(false),
        Some(error) => Err(refused(&error.message)),
    }
}

/// Deletes a discount with all its codes; one that is not there is fine.
pub(super) async fn delete(caller: &Caller, id: &str) -> Result<(), ApiFailure> {
    let data = ask(caller, DELETE, json!({"id": id})).await?;
    match user_error(&data["done"])? {
        Some(error) if !error.is_missing() => Err(refused(&error.message)),
        _ => Ok(()),
    }
}

/// A discount that was found by one of its codes.
pub(super) struct Found {
    pub(super) id: String,
    kind: String,
    title: String,
    usage_limit: Option<u64>,
}

pub(super) async fn by_code(caller: &Caller, code: &str) -> Result<Option<Found>, ApiFailure> {
    let data = ask(caller, BY_CODE, json!({"code": code})).await?;
    let (found, text) = (&data["found"], |value: &Value| value.as_str().unwrap_or_default().to_owned());
    let discount = &found["codeDiscount"];
    Ok(found["id"].as_str().map(|id| Found {
        id: id.to_owned(),
        kind: text(&discount["__typename"]),
        title: text(&discount["title"]),
        usage_limit: discount["usageLimit"].as_u64(),
    }))
}

/// Amounts are in the shop's currency and say so nowhere: 100 EUR must not become 100 SEK.
async fn check_currency(caller: &Caller, offer: &Offer) -> Result<(), ApiFailure> {
    let value = match offer.value {
        OfferValue::Fixed(money) => Some(money),
        OfferValue::Percent(_) | OfferValue::FreeShipping => None,
    };
    let Some(ours) = value.or(offer.terms.minimum).map(Money::currency) else { return Ok(()) };
    let data = ask(caller, CURRENCY, json!({})).await?;
    match data["shop"]["currencyCode"].as_str() {
        Some(theirs) if theirs == ours.code() => Ok(()),
        Some(theirs) => Err(refused(&format!("the shop's currency is {theirs}, the amount is in {}", ours.code()))),
        None => Err(ApiFailure::Nonsense("at shop.currencyCode".into())),
    }
}

/// What a discount is worth and when, as Shopify's input has it. With what other discounts it combines is left to what
/// the merchant set.
fn terms(offer: &Offer) -> Value {
    let starts_at = offer.terms.starts_at.map_or_else(|| "2020-01-01T00:00:00Z".to_owned(), |at| format!("{at:.0}"));
    let mut terms = json!({
        "title": offer.title,
        "startsAt": starts_at,
        "endsAt": offer.terms.ends_at.map(|at| format!("{at:.0}")),
        "appliesOncePerCustomer": offer.terms.once_per_customer,
        "context": {"all": "ALL"},
    });
    // What nobody says, Shopify takes for "one-time purchases only". Of a subscription it is the first payment that the
    // friend came for; 0 would be all of them.
    let on_subscriptions =
        json!({"appliesOnOneTimePurchase": true, "appliesOnSubscription": offer.terms.on_subscriptions});
    terms["recurringCycleLimit"] = json!(1);
    if let Some(least) = offer.terms.minimum {
        terms["minimumRequirement"] = json!({"subtotal": {"greaterThanOrEqualToSubtotal": least.amount()}});
    }
    match offer.value {
        OfferValue::FreeShipping => {
            terms["destination"] = json!({"all": true});
            extend(&mut terms, on_subscriptions);
        }
        OfferValue::Percent(percent) => {
            terms["customerGets"] = json!({"items": {"all": true}, "value": {"percentage": fraction(percent)}});
            extend(&mut terms["customerGets"], on_subscriptions);
        }
        OfferValue::Fixed(money) => {
            let amount = json!({"amount": money.amount(), "appliesOnEachItem": false});
            terms["customerGets"] = json!({"items": {"all": true}, "value": {"discountAmount": amount}});
            extend(&mut terms["customerGets"], on_subscriptions);
        }
    }
    terms
}

/// Adds fields to an object.
fn extend(object: &mut Value, fields: Value) {
    if let (Value::Object(object), Value::Object(fields)) = (object, fields) {
        object.extend(fields);
    }
}

/// A percentage as a part of one: Shopify's only float. A percentage has four decimals at most.
fn fraction(percent: Percent) -> f64 {
    let millionths = i32::try_from(percent.of(1_000_000)).unwrap_or(0);
    f64::from(millionths) / 1_000_000.0
}

/// The first code of a discount: nobody is told of it, and nobody can guess it who does not know the name.
fn first_code(name: &str) -> String {
    format!("GW-FIRST-{}", sha256_hex(&[name.as_bytes()])[..20].to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::super::super::api::Terms;
    use super::*;

    fn offer(value: OfferValue) -> Offer {
        Offer { title: "Give 10 %".into(), value, terms: Terms { once_per_customer: true, ..Terms::default() } }
    }

    #[test]
    fn an_offer_is_written_in_shopifys_words() {
        let percent = terms(&offer(OfferValue::Percent("12.5".parse().expect("a percentage"))));
        let gets = json!({"items": {"all": true}, "value": {"percentage": 0.125},
            "appliesOnOneTimePurchase": true, "appliesOnSubscription": false});
        assert_eq!((&percent["customerGets"], &percent["recurringCycleLimit"]), (&gets, &json!(1)));
        assert_eq!((&percent["context"], &percent["endsAt"]), (&json!({"all": "ALL"}), &json!(null)));
        let yen = Money::new(500, "JPY".parse().expect("a currency"));
        let fixed = terms(&offer(OfferValue::Fixed(yen)));
        let amount = json!({"discountAmount": {"amount": "500", "appliesOnEachItem": false}});
        assert_eq!(fixed["customerGets"]["value"], amount);
        let until = Terms {
            minimum: Some(yen),
            ends_at: "2026-12-24T10:00:00.5Z".parse().ok(),
            once_per_customer: true,
            on_subscriptions: true,
            ..Terms::default()
        };
        let shipping = terms(&Offer { terms: until, ..offer(OfferValue::FreeShipping) });
        assert_eq!(shipping["destination"], json!({"all": true}));
        assert_eq!(shipping["minimumRequirement"]["subtotal"]["greaterThanOrEqualToSubtotal"], "500");
        assert_eq!((&shipping["endsAt"], &shipping["customerGets"]), (&json!("2026-12-24T10:00:00Z"), &json!(null)));
        let applies = [&shipping["appliesOnSubscription"], &shipping["appliesOnOneTimePurchase"]];
        assert_eq!(applies, [&json!(true), &json!(true)]);
    }

    #[test]
    fn a_discounts_first_code_follows_from_its_name() {
        assert_eq!(first_code("a"), first_code("a"));
        assert_ne!(first_code("a"), first_code("b"));
        assert!(first_code("a").parse::<CouponCode>().is_ok());
    }
}
