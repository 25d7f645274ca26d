//! `GET /v1/ledger/check`: re-adds every entry of the merchant and says what is off. Nothing ever should be.

use std::time::Duration;

use serde_json::{Value, json};
use shared::App;
use shared::app::has_time_left;
use shared::domain::ledger::problems;
use shared::domain::referral::Referral;
use shared::http::{Answer, ApiError, Call, cursor};
use shared::store::key::Listed;

/// Referrals per round.
const PAGE: usize = 100;
/// What a round may take. A merchant with more referrals than fit into one call goes on from `next`.
const ONE_ROUND: Duration = Duration::from_secs(5);

/// Checks the books, newest referrals first. `?cursor=` goes on where an earlier answer stopped.
pub(crate) async fn check(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let mut after = shared::http::PageRequest::of(call)?.after;
    let mut postings = 0;
    let mut found: Vec<Value> = Vec::new();
    loop {
        let page = app.store.list::<Referral>(Listed::Referrals, merchant, after.as_deref(), PAGE, app.now()).await?;
        for listed in &page.rows {
            // The list may lag behind the books; the referral itself does not.
            let Some(referral) = app.store.referral(listed.id).await? else { continue };
            let entries = app.store.referral_entries(&referral).await?;
            postings += entries.len();
            let wrong = problems(&referral, &entries).into_iter();
            found.extend(wrong.map(|problem| json!({"referral": referral.id, "problem": problem})));
        }
        after = page.next;
        if after.is_none() || !has_time_left(call.deadline_ms(), ONE_ROUND) {
            break;
        }
    }
    Ok(Answer::ok(json!({
        "balanced": found.is_empty(),
        "postings": postings,
        "problems": found,
        "next": after.as_deref().map(cursor),
    })))
}
