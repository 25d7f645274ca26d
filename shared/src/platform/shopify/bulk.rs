//! Codes of a discount that many share. Shopify adds them by a job: it is asked for, waited for, and then says what
//! became of each code. A code is unique in all of a shop, whatever its case.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::api::{ApiFailure, Caller, CodeFate};
use super::codes::{by_code, delete};
use super::graphql::{SHOWN, UserError, ask, refused, user_error};
use crate::domain::coupon::CouponCode;
use crate::domain::person::printable;

const ADD: &str = "mutation($id: ID!, $codes: [DiscountRedeemCodeInput!]!) { done: discountRedeemCodeBulkAdd(discountId: $id, codes: $codes) \
    { bulkCreation { id done } userErrors { field message code } } }";
const IS_DONE: &str = "query($id: ID!) { job: discountRedeemCodeBulkCreation(id: $id) { done } }";
const FATES: &str = "query($id: ID!, $after: String) { job: discountRedeemCodeBulkCreation(id: $id) { done codes(first: 100, after: $after) \
    { nodes { code errors { message code } } pageInfo { hasNextPage endCursor } } } }";
const IDS: &str = "query($id: ID!, $search: String, $after: String) { found: discountNode(id: $id) { discount { \
    ... on DiscountCodeBasic { codes(first: 250, query: $search, after: $after) { nodes { id code } pageInfo { hasNextPage endCursor } } } \
    ... on DiscountCodeFreeShipping { codes(first: 250, query: $search, after: $after) { nodes { id code } pageInfo { hasNextPage endCursor } } } } } }";
const REMOVE: &str = "mutation($id: ID!, $ids: [ID!]!) { done: discountCodeRedeemCodeBulkDelete(discountId: $id, ids: $ids) \
    { job { id } userErrors { field message code } } }";

/// A job of 250 codes takes some seconds; longer than this is not waited for at once.
const WAITS: [u64; 9] = [100, 200, 400, 800, 1_500, 2_000, 2_500, 3_000, 3_000];
/// More pages than a discount's codes are looked through for one.
const MAX_PAGES: usize = 200;

pub(in super::super) async fn add(
    caller: &Caller,
    discount: &str,
    codes: &[CouponCode],
) -> Result<Vec<CodeFate>, ApiFailure> {
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<_> = codes.iter().map(|code| json!({"code": code.as_str()})).collect();
    let data = ask(caller, ADD, json!({"id": discount, "codes": wanted})).await?;
    match user_error(&data["done"])? {
        Some(error) if error.is_missing() => return Err(ApiFailure::Missing),
        Some(error) => return Err(refused(&error.message)),
        None => {}
    }
    let job =
        data["done"]["bulkCreation"]["id"].as_str().ok_or_else(|| ApiFailure::Nonsense("at bulkCreation".into()))?;
    wait_for(caller, job).await?;
    let refusals = refusals(caller, job).await?;
    let mut fates = Vec::with_capacity(codes.len());
    for code in codes {
        let refusal = refusals.iter().find(|(refused, _)| refused == code).map(|(_, error)| error);
        fates.push(match refusal {
            None => CodeFate::Made,
            // Ours from an earlier try, or another discount's?
            Some(error) if error.is_taken() => match by_code(caller, code.as_str()).await? {
                Some(found) if found.id == discount => CodeFate::Made,
                _ => CodeFate::Refused("another discount of the shop has this code".into()),
            },
            Some(error) => CodeFate::Refused(printable(&error.message, SHOWN)),
        });
    }
    Ok(fates)
}

async fn wait_for(caller: &Caller, job: &str) -> Result<(), ApiFailure> {
    for wait in WAITS {
        let data = ask(caller, IS_DONE, json!({"id": job})).await?;
        if data["job"]["done"] == json!(true) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(wait)).await;
    }
    // What it has added by the next time is found then.
    Err(ApiFailure::Unavailable("the codes are still being added".into()))
}

/// What the job would not add, and why.
async fn refusals(caller: &Caller, job: &str) -> Result<Vec<(CouponCode, UserError)>, ApiFailure> {
    let (mut refusals, mut after) = (Vec::new(), Value::Null);
    for _ in 0..MAX_PAGES {
        let data = ask(caller, FATES, json!({"id": job, "after": after})).await?;
        let codes = &data["job"]["codes"];
        let nodes = codes["nodes"].as_array().ok_or_else(|| ApiFailure::Nonsense("at codes".into()))?;
        for node in nodes {
            let code = node["code"].as_str().and_then(|code| code.trim().parse().ok());
            let errors: Vec<UserError> = serde_json::from_value(node["errors"].clone()).unwrap_or_default();
            refusals.extend(code.zip(errors.into_iter().next()));
        }
        if codes["pageInfo"]["hasNextPage"] != json!(true) {
            break;
        }
        after = codes["pageInfo"]["endCursor"].clone();
    }
    Ok(refusals)
}

/// Takes a code out of the discount that it shares, or deletes the one that it has to itself. A code that is not there,
/// or that another discount has, is fine.
pub(in super::super) async fn remove(
    caller: &Caller,
    discount: Option<&str>,
    code: &CouponCode,
) -> Result<(), ApiFailure> {
    let Some(found) = by_code(caller, code.as_str()).await? else { return Ok(()) };
    match discount {
        None => delete(caller, &found.id).await,
        Some(discount) if found.id != discount => Ok(()),
        Some(discount) => {
            let Some(id) = id_of(caller, discount, code).await? else { return Ok(()) };
            let data = ask(caller, REMOVE, json!({"id": discount, "ids": [id]})).await?;
            match user_error(&data["done"])? {
                Some(error) if !error.is_missing() => Err(refused(&error.message)),
                _ => Ok(()),
            }
        }
    }
}

/// A discount's id as one of any kind, which is what `discountNode` is asked by: the number is the same.
fn any_kind(discount: &str) -> String {
    discount.replace("/DiscountCodeNode/", "/DiscountNode/")
}

/// The id of a code within its discount. The search may be behind what was added just now; then all of them are looked
/// through.
async fn id_of(caller: &Caller, discount: &str, code: &CouponCode) -> Result<Option<String>, ApiFailure> {
    for search in [json!(code.as_str()), Value::Null] {
        let mut after = Value::Null;
        for _ in 0..MAX_PAGES {
            let data = ask(caller, IDS, json!({"id": any_kind(discount), "search": search, "after": after})).await?;
            let codes = &data["found"]["discount"]["codes"];
            let is_it = |node: &&Value| node["code"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(code.as_str()));
            let mut nodes = codes["nodes"].as_array().into_iter().flatten();
            if let Some(id) = nodes.find(is_it).and_then(|node| node["id"].as_str()) {
                return Ok(Some(id.to_owned()));
            }
            if codes["pageInfo"]["hasNextPage"] != json!(true) {
                break;
            }
            after = codes["pageInfo"]["endCursor"].clone();
        }
    }
    Ok(None)
}
