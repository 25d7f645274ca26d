//! Rewards: `GET /v1/rewards`. They live in their referrals, and are laid out flat; a page counts rewards.

use lambda_http::{Body, Response};
use serde::Deserialize as _;
use serde_json::Value;
use shared::App;
use shared::domain::id::MerchantId;
use shared::domain::program::Side;
use shared::domain::referral::{Referral, Reward};
use shared::find::{self, Place, Rows, Wanted};
use shared::http::{Answer, ApiError, Call, Format, csv, views};
use shared::owed::{Share, owners};

/// `GET /v1/rewards?side=&state=&to_pay=true&program=&shop=&advocate=&referral=&code=&email=&customer_id=`. `advocate`: what this advocate was ever
/// granted, unless a side is named. `referral`: both sides of one. `email`, or `customer_id` with `shop`: what is this person's,
/// as advocate or as friend.
pub(crate) async fn list(app: &App, call: &Call) -> Result<Response<Body>, ApiError> {
    let merchant = call.merchant(app).await?;
    let format = Format::of(call)?;
    let wanted = Wanted::of(call)?;
    let rows = |place: &Place, referral: &Referral| {
        let whose = whose(place, &wanted);
        let fits = |reward: &&Reward| {
            wanted.state.is_none_or(|state| state == reward.state)
                && (!wanted.to_pay || reward.is_to_pay())
                && wanted.side.is_none_or(|side| side == reward.side)
                && whose.is_none_or(|side| side == reward.side)
        };
        referral.rewards.iter().filter(fits).map(|reward| (reward.number(), views::reward(referral, reward))).collect()
    };
    let mut body = find::page(app, call, merchant, &wanted, (Rows::Rewards, rows)).await?;
    name(app, merchant, body["data"].as_array_mut().into_iter().flatten().collect()).await?;
    match format {
        Format::Usual => Answer::ok(body).into_response(),
        Format::Csv => csv(table(&body), body["next"].as_str()),
    }
}

/// A row for each reward, as it is shown. An amount has its currency or unit beside it, as decimals; the account is that
/// with the order's own shop.
fn table(body: &Value) -> Vec<Vec<String>> {
    const HEADER: [&str; 15] = [
        "reward",
        "side",
        "state",
        "since",
        "kind",
        "amount",
        "unit",
        "name",
        "email",
        "customer_id",
        "shop",
        "order",
        "program",
        "fulfilment",
        "problem",
    ];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let row = |reward: &Value| {
        let (value, customer, order) = (&reward["value"], &reward["customer"], &reward["order"]);
        let unit = value.get("currency").or_else(|| value.get("unit")).map(text).unwrap_or_default();
        let mut accounts = customer["accounts"].as_array().into_iter().flatten();
        let account = accounts.find(|account| account["shop"] == order["shop"]);
        vec![
            text(&reward["id"]),
            text(&reward["side"]),
            text(&reward["state"]),
            text(&reward["since"]),
            text(&reward["kind"]),
            text(&value["amount"]),
            unit,
            text(&customer["name"]),
            text(&customer["email"]),
            account.map(|account| text(&account["customer_id"])).unwrap_or_default(),
            text(&order["shop"]),
            text(&order["id"]),
            text(&reward["program"]),
            text(&reward["fulfilment"]),
            text(&reward["problem"]["detail"]),
        ]
    };
    let rewards = body["data"].as_array().into_iter().flatten();
    std::iter::once(HEADER.map(str::to_owned).to_vec()).chain(rewards.map(row)).collect()
}

/// Adds to rewards as they are shown who owns them. Not part of [`views::reward`]: an answer that is saved for an idempotency key
/// must hold nobody's name, so it is read with each answer.
async fn name(app: &App, merchant: MerchantId, views: Vec<&mut Value>) -> Result<(), ApiError> {
    let shares = views.iter().map(|view| Share::deserialize(&**view)).collect::<Result<Vec<_>, _>>();
    let shares = shares.map_err(ApiError::internal)?;
    let owners = owners(app, merchant, &shares).await?;
    for (view, owner) in views.into_iter().zip(owners) {
        view["customer"] = owner.view();
    }
    Ok(())
}

/// The answer to a call that did something to a reward, with who owns it. What was done is done: where nobody can be named
/// at this moment, nobody is.
pub(crate) async fn named(
    app: &App,
    call: &Call,
    answer: impl Future<Output = Result<Answer, ApiError>>,
) -> Result<Answer, ApiError> {
    // Boxed: the future is large.
    let mut answer = Box::pin(answer).await?;
    let merchant = call.merchant(app).await?;
    if let Err(failure) = name(app, merchant, vec![&mut answer.body]).await {
        tracing::warn!(?failure, "a reward is answered without its owner");
        answer.body["customer"] = Value::Null;
    }
    Ok(answer)
}

/// The side that is asked for without being named.
fn whose(place: &Place, wanted: &Wanted) -> Option<Side> {
    match place {
        Place::Orders(..) => Some(Side::Friend),
        _ if wanted.is_person() => Some(Side::Advocate),
        _ if wanted.advocate.is_some() && wanted.side.is_none() => Some(Side::Advocate),
        _ => None,
    }
}
