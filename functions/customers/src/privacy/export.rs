//! Everything that is kept about a person, as one document.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shared::App;
use shared::domain::id::{AdvocateId, MerchantId};
use shared::domain::moment::with_moments_throughout;
use shared::domain::order::OrderRef;
use shared::domain::person::PersonKey;
use shared::domain::program::Side;
use shared::http::{ApiError, views};
use shared::privacy::{Gathered, gather};
use shared::settle::decision_of;
use shared::store::key::Listed;
use shared::store::{OrderRow, PrivacyRow};

use super::view;
use crate::{advocates, customers};

/// As many of an advocate's ledger entries as an answer has room for.
const MAX_ENTRIES: i32 = 1000;
/// Pages of requests that are looked through.
const MAX_PAGES: usize = 10;
/// An advocate who was erased and signed up again, this often.
const MAX_LIVES: usize = 10;

/// All parts; those about which nothing is kept are empty.
pub(super) async fn data(
    app: &App,
    merchant: MerchantId,
    persons: &BTreeSet<PersonKey>,
    named: &[OrderRef],
) -> Result<Value, ApiError> {
    let found = gather(app, merchant, persons, named).await?;
    let profiles = found.profiles.values().flatten().map(|profile| {
        json!({
            "contact": profile.contact,
            "buyer_contact": profile.buyer.as_ref().map(|buyer| &buyer.contact),
            "accounts": profile.known_as.iter().map(shared::owed::account).collect::<Vec<_>>(),
            "unsubscribed_at": profile.unsubscribed_at,
            "muted": profile.muted,
            "suppressed": profile.suppressed,
            "customer": profile.customer,
            "asked_at": profile.asked_at,
            "erased_at": profile.erased_at,
        })
    });
    let invites = customers::asks(app, merchant, found.profiles.keys()).await?;
    let mut as_friend = Vec::new();
    let mut given = Vec::new();
    for id in found.orders.values().filter_map(|row| row.referral) {
        let Some(referral) = app.store.referral(id).await?.filter(|referral| referral.merchant == merchant) else {
            continue;
        };
        let own = referral.rewards.iter().filter(|reward| reward.side == Side::Friend);
        given.extend(own.map(|reward| views::reward(&referral, reward)));
        as_friend.push(views::referral(&referral));
    }
    let mut advocates = Vec::new();
    for profile in found.profiles.values().flatten() {
        let mut next = profile.advocate;
        for _ in 0..MAX_LIVES {
            let Some(id) = next else { break };
            let (advocate, before) = advocate(app, merchant, id).await?;
            advocates.push(advocate);
            next = before;
        }
    }
    Ok(json!({
        "profiles": profiles.collect::<Vec<_>>(),
        "advocates": advocates,
        "orders": orders(&found),
        "referrals": as_friend,
        "rewards": given,
        "invites": invites,
        "requests": requests(app, merchant, &found).await?,
        "truncated": found.truncated,
    }))
}

/// One advocate: links, rewards and books; and who the same person was before.
async fn advocate(app: &App, merchant: MerchantId, id: AdvocateId) -> Result<(Value, Option<AdvocateId>), ApiError> {
    let Some(advocate) = app.store.advocate(id).await? else { return Ok((json!({"id": id}), None)) };
    let mut body = advocates::view(&advocate);
    body["erased_at"] = json!(advocate.erased_at);
    let mut links = Vec::new();
    for link in app.store.advocate_links(id).await? {
        links.extend(app.store.link(&link.code).await?.map(|link| {
            json!({
                "code": link.code,
                "program": link.program,
                "state": link.state,
                "destination": link.destination,
                "created_at": link.created_at,
            })
        }));
    }
    body["links"] = json!(links);
    let (entries, _) = app.store.entries(merchant, id, None, MAX_ENTRIES).await?;
    let mut earned = Vec::new();
    for entry in entries.iter().filter(|entry| entry.number == 1) {
        let Some(referral) = app.store.referral(entry.referral).await? else { continue };
        let own = referral.rewards.iter().filter(|reward| reward.side == Side::Advocate);
        earned.extend(own.map(|reward| views::reward(&referral, reward)));
    }
    body["rewards"] = json!(earned);
    body["balances"] = advocates::balances(app, merchant, id).await?;
    Ok((body, advocate.before))
}

/// Orders as they are kept. One from before the engine was there is known by its time only.
fn orders(found: &Gathered) -> Vec<Value> {
    let kept = |row: &OrderRow| {
        let decision = decision_of(row);
        json!({
            "shop": row.order.shop,
            "order": row.order.id,
            "outcome": decision.outcome,
            "sentence": decision.sentence,
            "net": decision.net,
            "refunded": decision.refunded,
            "facts": with_moments_throughout(json!(row.facts)),
        })
    };
    let earlier = found.entries.iter().filter(|(order, _)| !found.orders.contains_key(order));
    let earlier =
        earlier.map(|(order, entry)| json!({"shop": order.shop, "order": order.id, "placed_at": entry.placed_at}));
    found.orders.values().map(kept).chain(earlier).collect()
}

/// Requests that name the person.
async fn requests(app: &App, merchant: MerchantId, found: &Gathered) -> Result<Vec<Value>, ApiError> {
    let mut requests = Vec::new();
    let mut after = None;
    for _ in 0..MAX_PAGES {
        let page = app.store.list::<PrivacyRow>(Listed::Privacy, merchant, after.as_deref(), 100, app.now()).await?;
        let own = page.rows.iter().filter(|row| row.persons.iter().any(|key| found.profiles.contains_key(key)));
        requests.extend(own.map(view));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(requests)
}
