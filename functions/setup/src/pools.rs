//! Coupon pools: `/v1/coupon-pools`. A merchant makes codes in the shop and uploads them here; rewards get them one by
//! one. Codes go in and are not listed again: each is worth what its coupon gives.

use serde::Deserialize;
use serde_json::{Value, json};
use shared::App;
use shared::crypto::sha256_hex;
use shared::domain::coupon::CouponCode;
use shared::domain::id::{MerchantId, PoolId};
use shared::http::{Answer, ApiError, Begun, Call, Fault, Faults, MAX_UPLOAD_BODY, begin, commit};
use shared::store::{Claim, CouponPool, Duplicate, Upload, Writes};

use crate::validate::name;

/// Codes per upload: as many as are written within the time that a call has.
const MAX_CODES: usize = 10_000;
/// More faults than anybody reads at once.
const MAX_FAULTS: usize = 100;
/// The stock is counted up to here, because counting reads what it counts.
const COUNTED: u32 = 10_000;
/// More would be counted for too long.
const MAX_LOW_AT: u32 = 100_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PoolBody {
    name: String,
    #[serde(default = "default_low_at")]
    low_at: u32,
}

/// Some days of rewards for most shops.
const fn default_low_at() -> u32 {
    50
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodesBody {
    codes: Vec<String>,
}

/// `POST /v1/coupon-pools`.
pub(crate) async fn create(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    claim: Option<Claim>,
) -> Result<Answer, ApiError> {
    let (body, told): (PoolBody, _) = call.act()?;
    let mut faults = Faults::default();
    name(&mut faults, "/name", &body.name);
    faults.unless(body.low_at <= MAX_LOW_AT, "/low_at", format!("must be 0 to {MAX_LOW_AT} codes"));
    faults.finish()?;
    let pool = CouponPool {
        id: PoolId::new(app.ulid()),
        merchant,
        name: body.name.trim().to_owned(),
        low_at: body.low_at,
        created_at: app.now(),
        low_since: None,
    };
    let mut writes = Writes::default();
    app.store.put_pool(&mut writes, &pool)?;
    told.record(app, &mut writes, merchant, ("create_pool", &pool.id.to_string()))?;
    let answer = Answer::created(with_stock(view(&pool), &pool, 0));
    Ok(commit(app, claim.as_ref(), writes, answer).await??)
}

/// `GET /v1/coupon-pools`. All of them: a merchant has a handful. Without their stock, which is counted.
pub(crate) async fn list(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let pools = app.store.pools(merchant).await?;
    let data: Vec<_> = pools.iter().map(view).collect();
    Ok(Answer::ok(json!({"data": data, "next": null})))
}

/// `GET /v1/coupon-pools/{id}`.
pub(crate) async fn get(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let pool = own(app, merchant, &call.path("id")).await?;
    let stock = app.store.stock(pool.id, COUNTED + 1).await?;
    Ok(Answer::ok(with_stock(view(&pool), &pool, stock)))
}

/// `POST /v1/coupon-pools/{id}/codes`. A code that the merchant has uploaded before, to whatever pool, is not added
/// again. A repeat after a fault goes on where the first try stopped.
pub(crate) async fn add_codes(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let begun = begin(app, call, &merchant.to_string()).await?;
    let (body, told): (CodesBody, _) = call.act_up_to(MAX_UPLOAD_BODY)?;
    let claim = match begun {
        Begun::Replayed(answer) => return Ok(with_codes(answer, &body.codes)),
        Begun::Fresh(claim) => claim,
    };
    let codes = codes(&body.codes)?;
    let pool = own(app, merchant, &call.path("id")).await?;
    let upload = Upload {
        id: upload_id(app, claim.as_ref()),
        merchant,
        pool: pool.id,
        at: app.now(),
        deadline_ms: call.deadline_ms(),
    };
    let outcome = app.store.add_codes(&upload, &codes).await?;
    let pool = CouponPool { low_since: None, ..pool }; // adding has lifted it
    let stock = app.store.stock(pool.id, COUNTED + 1).await?;

    let positions = |wanted: fn(&Duplicate) -> bool| {
        outcome.duplicates.iter().copied().filter(wanted).map(|duplicate| duplicate.position).collect::<Vec<_>>()
    };
    let answer = Answer::ok(with_stock(
        json!({
            "added": outcome.added,
            "duplicates": positions(|_| true),
            "in_other_pools": positions(|duplicate| !duplicate.same_pool),
        }),
        &pool,
        stock,
    ));
    // Saved with positions: ten thousand codes would be more than an item holds. A repeat brings the codes with it.
    // A code knows the upload that added it, whether or not the upload came to its end.
    let mut writes = Writes::default();
    told.record(app, &mut writes, merchant, ("add_codes", &pool.id.to_string()))?;
    let answer = commit(app, claim.as_ref(), writes, answer).await??;
    Ok(with_codes(answer, &body.codes))
}

/// All codes, or all that is wrong with them as far as anybody wants to read it. Faults name places and never codes.
fn codes(texts: &[String]) -> Result<Vec<CouponCode>, ApiError> {
    let mut faults = Faults::default();
    let fits = (1..=MAX_CODES).contains(&texts.len());
    faults.unless(fits, "/codes", format!("must be 1 to {MAX_CODES} codes"));
    faults.finish()?;
    let read: Vec<Result<CouponCode, _>> = texts.iter().map(|text| text.parse()).collect();
    let wrong = read.iter().enumerate().filter_map(|(index, code)| Some((index, code.as_ref().err()?)));
    let wrong = wrong.take(MAX_FAULTS).map(|(index, fault)| Fault::new(format!("/codes/{index}"), fault.to_string()));
    let wrong: Vec<_> = wrong.collect();
    if wrong.is_empty() { Ok(read.into_iter().flatten().collect()) } else { Err(ApiError::invalid(wrong)) }
}

/// The same for each try of one request, as far as its idempotency key tells.
fn upload_id(app: &App, claim: Option<&Claim>) -> String {
    claim.map_or_else(
        || app.ulid().to_string(),
        |claim| {
            sha256_hex(&[&claim.scope, &claim.key_sha256, &claim.body_sha256].map(String::as_bytes))[..26].to_owned()
        },
    )
}

/// Puts the codes of the request where the answer has their positions.
fn with_codes(mut answer: Answer, codes: &[String]) -> Answer {
    for field in ["duplicates", "in_other_pools"] {
        for position in answer.body[field].as_array_mut().into_iter().flatten() {
            let code = position.as_u64().and_then(|position| codes.get(usize::try_from(position).ok()?));
            *position = json!(code);
        }
    }
    answer
}

async fn own(app: &App, merchant: MerchantId, id: &str) -> Result<CouponPool, ApiError> {
    let missing = || ApiError::not_found("coupon pool");
    let id: PoolId = id.parse().map_err(|_| missing())?;
    app.store.pool(merchant, id).await?.ok_or_else(missing)
}

fn view(pool: &CouponPool) -> Value {
    json!({
        "id": pool.id,
        "name": pool.name,
        "low_at": pool.low_at,
        "low_since": pool.low_since,
        "created_at": pool.created_at,
    })
}

/// Adds what is left in the pool, of which at most one more than [`COUNTED`] was counted. Above that it is low if it was
/// noted as low.
fn with_stock(mut body: Value, pool: &CouponPool, stock: u32) -> Value {
    let is_more = stock > COUNTED;
    body["stock"] = json!(stock.min(COUNTED));
    body["stock_is_at_least"] = json!(is_more);
    body["low"] = json!(if is_more { pool.low_since.is_some() } else { stock <= pool.low_at });
    body
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn the_stock_is_exact_as_far_as_it_is_counted_and_low_beyond_it_is_as_noted() {
        let cases = [
            (0, 0, false, (0, false, true)),
            (50, 51, false, (51, false, false)),
            (50, 50, false, (50, false, true)),
            (50, 10_000, false, (10_000, false, false)),
            (50, 10_001, false, (10_000, true, false)),
            (20_000, 10_001, false, (10_000, true, false)),
            (20_000, 10_001, true, (10_000, true, true)),
        ];
        for (low_at, counted, noted, (stock, is_at_least, low)) in cases {
            let pool = CouponPool {
                id: "pol_00000000000000000000000000".parse().expect("an id"),
                merchant: "mer_00000000000000000000000000".parse().expect("an id"),
                name: String::new(),
                low_at,
                created_at: Timestamp::UNIX_EPOCH,
                low_since: noted.then_some(Timestamp::UNIX_EPOCH),
            };
            let told = with_stock(json!({}), &pool, counted);
            assert_eq!(
                told,
                json!({"stock": stock, "stock_is_at_least": is_at_least, "low": low}),
                "{counted} of {low_at}"
            );
        }
    }
}
