//! `Idempotency-Key` on every POST: the same key and body get the same answer, another body is refused. The answer is
//! saved in the transaction that makes the effect, so there is no state between "done" and "known to be done".

use serde_json::Value;

use super::{Answer, ApiError, Call};
use crate::App;
use crate::crypto::random;
use crate::crypto::sha256_hex;
use crate::domain::act::By;
use crate::domain::doing::Act;
use crate::domain::id::MerchantId;
use crate::domain::order::OrderRef;
use crate::domain::referral::Referral;
use crate::settle::{Done, Owner, SettleError, act};
use crate::store::{Claim, OrderRow, SavedAnswer, StoreError, Writes};

/// How a POST begins.
pub enum Begun {
    /// It was answered before.
    Replayed(Answer),
    /// It is new. `None`: it came without a key.
    Fresh(Option<Claim>),
}

/// Answers a merchant's POST once. `act` is done unless this request was answered before; it gets whose it is, and what its
/// answer is to be saved for.
pub async fn once<F>(
    app: &App,
    call: &Call,
    act: impl FnOnce(MerchantId, Option<Claim>) -> F,
) -> Result<Answer, ApiError>
where
    F: Future<Output = Result<Answer, ApiError>>,
{
    let merchant = call.merchant(app).await?;
    once_by(app, call, &merchant.to_string(), |claim| act(merchant, claim)).await
}

/// The same for whoever else may call.
pub async fn once_by<F>(
    app: &App,
    call: &Call,
    who: &str,
    act: impl FnOnce(Option<Claim>) -> F,
) -> Result<Answer, ApiError>
where
    F: Future<Output = Result<Answer, ApiError>>,
{
    match begin(app, call, who).await? {
        Begun::Replayed(answer) => Ok(answer),
        Begun::Fresh(claim) => act(claim).await,
    }
}

/// Looks whether this request was answered before. `who`: the merchant, or the operator.
pub async fn begin(app: &App, call: &Call, who: &str) -> Result<Begun, ApiError> {
    if !call.has_header("idempotency-key") {
        return Ok(Begun::Fresh(None));
    }
    // One that can't be read must not be taken for none: the caller counts on it.
    let key = call.header("idempotency-key").filter(|key| (1..=255).contains(&key.len()));
    let key =
        key.ok_or_else(|| ApiError::bad_request("Idempotency-Key must be given once, 1 to 255 ASCII characters"))?;
    let claim = Claim {
        scope: format!("{who}#{}", call.route()),
        // With the path: rotating the secret of another shop under the same key is another request.
        key_sha256: sha256_hex(&[key.as_bytes(), call.raw_path().as_bytes()]),
        body_sha256: sha256_hex(&[call.body()]),
    };
    Ok(replayed(app, &claim).await?.map_or(Begun::Fresh(Some(claim)), Begun::Replayed))
}

async fn replayed(app: &App, claim: &Claim) -> Result<Option<Answer>, ApiError> {
    let Some(saved) = app.store.saved_answer(claim, app.now()).await? else { return Ok(None) };
    if saved.body_sha256 != claim.body_sha256 {
        return Err(ApiError::key_reused());
    }
    let body = app.config.keys.open(&claim.context(), &saved.body).map_err(ApiError::internal)?;
    let body: Value = serde_json::from_slice(&body).map_err(ApiError::internal)?;
    Ok(Some(Answer { status: saved.status, body }))
}

fn saved(app: &App, claim: &Claim, answer: &Answer) -> SavedAnswer {
    let body = app.config.keys.seal(&claim.context(), answer.body.to_string().as_bytes(), random());
    SavedAnswer::new(claim, answer.status, body, app.now())
}

/// Makes an effect and saves its answer, all or nothing. The outer error is for the caller; the inner one says which of
/// the caller's own conditions failed. When another request with this key was first, its answer is the answer.
pub async fn commit(
    app: &App,
    claim: Option<&Claim>,
    mut writes: Writes,
    answer: Answer,
) -> Result<Result<Answer, StoreError>, ApiError> {
    if let Some(claim) = claim {
        app.store.put_answer(&mut writes, claim, &saved(app, claim, &answer))?;
    }
    match app.store.transact(writes).await {
        Ok(()) => Ok(Ok(answer)),
        Err(failure) if failure.is_condition() => {
            let first = match claim {
                Some(claim) => replayed(app, claim).await?,
                None => None,
            };
            Ok(first.ok_or(failure))
        }
        Err(failure) => Err(failure.into()),
    }
}

/// Saves the answer to a request whose effect is harmless to repeat. Returns the answer that stands: another request with
/// this key may have been first.
pub async fn save(app: &App, claim: Option<&Claim>, answer: &Answer) -> Result<Answer, ApiError> {
    let Some(claim) = claim else { return Ok(answer.clone()) };
    if app.store.save_answer(claim, &saved(app, claim, answer)).await? {
        return Ok(answer.clone());
    }
    Ok(replayed(app, claim).await?.unwrap_or_else(|| answer.clone()))
}

/// Does something about an order and saves the answer with it, all or nothing. `shown`: the answer, from what the act
/// leaves. When another request with this key was first, its answer is the answer.
pub async fn done(
    app: &App,
    claim: Option<&Claim>,
    (owner, order): (Owner, &OrderRef),
    (wanted, by): (&Act, &By),
    shown: impl Fn(&OrderRow, Option<&Referral>) -> Result<Answer, ApiError> + Send + Sync,
) -> Result<Answer, ApiError> {
    let answering = |row: &OrderRow, referral: Option<&Referral>| {
        let answer = shown(row, referral).ok()?;
        claim.map(|claim| (claim.clone(), saved(app, claim, &answer)))
    };
    match act(app, owner, order, wanted, by, Some(&answering)).await {
        Ok(Done { row, referral, is_news: true }) => shown(&row, referral.as_ref()),
        Ok(Done { row, referral, is_news: false }) => save(app, claim, &shown(&row, referral.as_ref())?).await,
        Err(SettleError::Answered) => {
            let first = match claim {
                Some(claim) => replayed(app, claim).await?,
                None => None,
            };
            first.ok_or_else(|| ApiError::busy("an answer that was there is gone"))
        }
        Err(failure) => Err(failure.into()),
    }
}
