//! Referrals: `/v1/referrals`, and the review of those that wait for a person.

use serde::Deserialize;
use serde_json::{Value, json};
use shared::App;
use shared::domain::act::By;
use shared::domain::doing::Act;
use shared::domain::id::{MerchantId, ReferralId};
use shared::domain::referral::Referral;
use shared::http::{Answer, ApiError, Call, Faults, done, views};
use shared::settle::{Owner, decision_of};
use shared::store::{Claim, OrderRow};

use shared::find::{self, Place, Rows, Wanted};

/// Who does something, and why. Goes on record, and is shown to nobody but the merchant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Told {
    pub(crate) actor: String,
    pub(crate) reason: String,
}

impl Told {
    pub(crate) fn check(&self, faults: &mut Faults) {
        faults.unless_line("/actor", &self.actor, 100);
        faults.unless_line("/reason", &self.reason, 500);
    }

    pub(crate) fn by(self, app: &App) -> By {
        By { at: app.now(), actor: self.actor.trim().to_owned(), reason: self.reason.trim().to_owned() }
    }
}

/// `GET /v1/referrals?state=&program=&shop=&advocate=&code=&email=`, newest first. `email`: of advocate or friend.
pub(crate) async fn list(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let wanted = Wanted::of(call)?;
    let rows = |place: &Place, referral: &Referral| {
        let known = matches!(place, Place::Orders(bought) if bought.own.contains(&referral.advocate));
        let fits = wanted.state.is_none_or(|state| state == referral.state) && !known;
        if fits { vec![(0, views::referral(referral))] } else { Vec::new() }
    };
    find::page(app, call, merchant, &wanted, (Rows::Referrals, rows)).await.map(Answer::ok)
}

/// `GET /v1/referrals/{id}`, with why its order was decided so.
pub(crate) async fn get(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let referral = own(app, merchant, &call.path("id")).await?;
    let row = app.store.order(&referral.order).await?;
    Ok(Answer::ok(with_decision(&referral, row.as_ref())))
}

/// `POST /v1/referrals/{id}/approve`, and `…/reject`, also of one that was not flagged: what it gave goes back.
pub(crate) async fn judge(
    app: &App,
    call: &Call,
    credits: bool,
    merchant: MerchantId,
    claim: Option<Claim>,
) -> Result<Answer, ApiError> {
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
    let mut body = views::referral(referral);
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
