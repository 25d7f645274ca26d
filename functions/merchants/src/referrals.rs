//! Referrals: `/v1/referrals`, and the review of those that wait for a person.

use serde::Deserialize;
use serde_json::{Value, json};
use shared::App;
use shared::domain::act::By;
use shared::domain::doing::Act;
use shared::domain::id::{AdvocateId, MerchantId, ReferralId};
use shared::domain::referral::{Referral, State};
use shared::http::{Answer, ApiError, Begun, Call, Fault, Faults, PageRequest, begin, done, page_body};
use shared::settle::{Owner, decision_of};
use shared::store::OrderRow;
use shared::store::key::Listed;

use crate::rewards;
use crate::validate::line;

/// Who does something, and why. Goes on record, and is shown to nobody but the merchant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Told {
    pub(crate) actor: String,
    pub(crate) reason: String,
}

impl Told {
    pub(crate) fn check(&self, faults: &mut Faults) {
        line(faults, "/actor", &self.actor, 100);
        line(faults, "/reason", &self.reason, 500);
    }

    pub(crate) fn by(self, app: &App) -> By {
        By { at: app.now(), actor: self.actor.trim().to_owned(), reason: self.reason.trim().to_owned() }
    }
}

/// `GET /v1/referrals?state=&advocate=`. A page is a page of all referrals, newest first; filters can leave it short.
pub(crate) async fn list(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let page = PageRequest::of(call)?;
    let state = call.query("state").map(|text| state(&text)).transpose()?;
    let invalid = || ApiError::invalid(vec![Fault::new("advocate", "must be an id of the kind \"advocate\"")]);
    let advocate = call.query("advocate").map(|id| id.parse::<AdvocateId>().map_err(|_| invalid())).transpose()?;
    let found = app.store.list::<Referral>(Listed::Referrals, merchant, page.after.as_deref(), page.limit, app.now());
    let found = found.await?;
    let wanted = found.rows.iter().filter(|referral| {
        state.is_none_or(|state| state == referral.state)
            && advocate.is_none_or(|advocate| advocate == referral.advocate)
    });
    Ok(Answer::ok(page_body(wanted.map(view), found.next.as_deref())))
}

/// A state to filter by.
pub(crate) fn state(text: &str) -> Result<State, ApiError> {
    let allowed = "must be one of pending, flagged, approved, issued, redeemed, void, expired";
    serde_json::from_value(json!(text)).map_err(|_| ApiError::invalid(vec![Fault::new("state", allowed)]))
}

/// `GET /v1/referrals/{id}`, with why its order was decided so.
pub(crate) async fn get(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let referral = own(app, merchant, &call.path("id")).await?;
    let row = app.store.order(&referral.order).await?;
    Ok(Answer::ok(with_decision(&referral, row.as_ref())))
}

/// `POST /v1/referrals/{id}/approve`.
pub(crate) async fn approve(app: &App, call: &Call) -> Result<Answer, ApiError> {
    judge(app, call, true).await
}

/// `POST /v1/referrals/{id}/reject`. Also of one that was not flagged: what it gave goes back.
pub(crate) async fn reject(app: &App, call: &Call) -> Result<Answer, ApiError> {
    judge(app, call, false).await
}

async fn judge(app: &App, call: &Call, credits: bool) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let claim = match begin(app, call, &merchant.to_string()).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(claim) => claim,
    };
    let told: Told = call.json()?;
    let mut faults = Faults::default();
    told.check(&mut faults);
    faults.finish()?;
    let referral = own(app, merchant, &call.path("id")).await?;
    let act = Act::Judge { referral: referral.id, credits };
    let owner = Owner { merchant, shop: referral.order.shop, invites: false };
    let shown = |row: &OrderRow, referral: Option<&Referral>| {
        let referral = referral.ok_or_else(|| ApiError::not_found("referral"))?;
        Ok(Answer::ok(with_decision(referral, Some(row))))
    };
    done(app, claim.as_ref(), (owner, &referral.order), (&act, &told.by(app)), shown).await
}

/// The merchant's own referral; another's does not exist for this caller.
pub(crate) async fn own(app: &App, merchant: MerchantId, id: &str) -> Result<Referral, ApiError> {
    let missing = || ApiError::not_found("referral");
    let id: ReferralId = id.parse().map_err(|_| missing())?;
    app.store.referral(id).await?.filter(|referral| referral.merchant == merchant).ok_or_else(missing)
}

fn with_decision(referral: &Referral, row: Option<&OrderRow>) -> Value {
    let mut body = view(referral);
    if let Some(row) = row {
        let decision = decision_of(row);
        body["outcome"] = json!(decision.outcome);
        body["sentence"] = json!(decision.sentence);
        body["signals"] = json!(decision.signals);
        body["verdict"] = row.facts.acts.verdict.as_ref().map_or(Value::Null, |verdict| {
            json!({"credits": verdict.credits, "actor": verdict.by.actor, "reason": verdict.by.reason, "at": verdict.by.at})
        });
    }
    body
}

pub(crate) fn view(referral: &Referral) -> Value {
    json!({
        "id": referral.id,
        "state": referral.state,
        "program": referral.program,
        "program_version": referral.program_version,
        "advocate": referral.advocate,
        "code": referral.code,
        "order": {"shop": referral.order.shop, "id": referral.order.id},
        "rewards": referral.rewards.iter().map(|reward| rewards::view(referral, reward)).collect::<Vec<_>>(),
        "created_at": referral.created_at,
        "updated_at": referral.updated_at,
    })
}
