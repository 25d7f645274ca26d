//! One advocate's standing: who it is to the engine, and the books.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::App;
use shared::domain::amount::Unit;
use shared::domain::id::{AdvocateId, MerchantId};
use shared::domain::ledger::{Account, Entry, Line};
use shared::domain::program::Side;
use shared::find::{Wanted, persons};
use shared::http::{Answer, ApiError, Call, Fault, PageRequest, page_body};
use shared::owed::advocate_owner;
use shared::store::Advocate;

/// `GET /v1/advocates/{id}`.
pub(crate) async fn get(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let advocate = own(app, merchant, &call.path("id")).await?;
    Ok(Answer::ok(named(app, &advocate).await?))
}

/// `GET /v1/advocates?email=`, or `?customer_id=&shop=`: the advocate that this person is, if any.
pub(crate) async fn list(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let wanted = Wanted::of(call)?;
    if !wanted.is_person() {
        let needed = "must be given, unless `customer_id` and `shop` are: advocates are found by person";
        return Err(ApiError::invalid(vec![Fault::new("email", needed)]));
    }
    let mut views = Vec::new();
    for id in persons(app, merchant, &wanted).await?.0 {
        if let Some(advocate) = app.store.advocate(id).await?.filter(|advocate| advocate.merchant == merchant) {
            views.push(named(app, &advocate).await?);
        }
    }
    Ok(Answer::ok(page_body(views, None)))
}

/// The advocate as the merchant sees it: with who it is.
pub(crate) async fn named(app: &App, advocate: &Advocate) -> Result<Value, ApiError> {
    let mut view = view(advocate);
    view["customer"] = advocate_owner(app, advocate).await?.view();
    Ok(view)
}

/// The advocate but for who it is. Of phone, address and device nobody can tell more than that they are known.
pub(crate) fn view(advocate: &Advocate) -> Value {
    let known_by: Vec<_> = advocate.marks.keys().collect();
    json!({
        "id": advocate.id,
        "loyalty_tier": advocate.tier,
        "known_by": known_by,
        "created_at": advocate.created_at,
    })
}

/// `GET /v1/advocates/{id}/ledger`. Pages go by referral, by when its order was placed; within a page entries are oldest
/// first. Balances are over all entries, whatever the page.
pub(crate) async fn ledger(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let advocate = own(app, merchant, &call.path("id")).await?;
    let page = PageRequest::of(call)?;
    let limit = i32::try_from(page.limit).unwrap_or(i32::MAX);
    let (mut entries, next) = app.store.entries(merchant, advocate.id, page.after.as_deref(), limit).await?;
    entries.sort_by_key(|entry| entry.at);
    let mut body = page_body(entries.iter().flat_map(views), next.as_deref());
    body["balances"] = balances(app, merchant, advocate.id).await?;
    Ok(Answer::ok(body))
}

/// The merchant's advocate.
pub(crate) async fn own(app: &App, merchant: MerchantId, id: &str) -> Result<Advocate, ApiError> {
    let missing = || ApiError::not_found("advocate");
    let id: AdvocateId = id.parse().map_err(|_| missing())?;
    app.store.advocate(id).await?.filter(|advocate| advocate.merchant == merchant).ok_or_else(missing)
}

/// The advocate's own lines of an entry, one view per unit.
fn views(entry: &Entry) -> Vec<Value> {
    let mut units: BTreeMap<&Unit, Vec<&Line>> = BTreeMap::new();
    for line in entry.lines.iter().filter(|line| line.side == Side::Advocate) {
        units.entry(&line.unit).or_default().push(line);
    }
    let view = |(unit, lines): (&Unit, Vec<&Line>)| {
        let lines: Vec<_> =
            lines.iter().map(|line| json!({"account": line.account, "amount": unit.amount(line.minor)})).collect();
        json!({
            "id": format!("{}-{}", entry.referral, entry.number),
            "at": entry.at,
            "cause": entry.cause,
            "referral": entry.referral,
            "unit": unit,
            "lines": lines,
        })
    };
    units.into_iter().map(view).collect()
}

pub(crate) async fn balances(app: &App, merchant: MerchantId, advocate: AdvocateId) -> Result<Value, ApiError> {
    let mut sums: BTreeMap<Unit, BTreeMap<Account, i64>> = BTreeMap::new();
    let mut after = None;
    loop {
        let (entries, next) = app.store.entries(merchant, advocate, after.as_deref(), 1000).await?;
        for line in entries.iter().flat_map(|entry| &entry.lines).filter(|line| line.side == Side::Advocate) {
            *sums.entry(line.unit.clone()).or_default().entry(line.account).or_default() += line.minor;
        }
        if next.is_none() {
            break;
        }
        after = next;
    }
    let standing = |unit: &Unit, accounts: &BTreeMap<Account, i64>| {
        let of = |account| unit.amount(accounts.get(&account).copied().unwrap_or(0));
        let mut standing = json!({
            "reserved": of(Account::Reserved),
            "liability": of(Account::Liability),
            "redeemed": of(Account::Redeemed),
        });
        // Only where something was taken back after it was used.
        for (name, account) in [("clawback", Account::Clawback), ("written_off", Account::WrittenOff)] {
            if accounts.get(&account).is_some_and(|minor| *minor != 0) {
                standing[name] = json!(of(account));
            }
        }
        standing
    };
    Ok(sums.iter().map(|(unit, accounts)| (unit.as_str().to_owned(), standing(unit, accounts))).collect())
}
