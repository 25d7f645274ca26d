//! The index of states: what is placed late does not undo what is known by then.

use serde_json::json;
use tests::{TestApp, TestOrder, text};

use super::{Equivalent, Guard, Kept, UPDATE, lock, prove, same};

pub(super) const GUARDS: &[Guard] = &[Guard {
    name: "a referral is found under the state that it has come to",
    lock: lock("states.rs place_unless_placed", UPDATE, "REF#", "attribute_not_exists(spk)"),
    story: |app| Box::pin(placed_after_a_change(app)),
}];

pub(super) const EQUIVALENT: &[Equivalent] = &[];

#[tokio::test]
async fn states_are_lost_without_their_conditions() {
    prove(GUARDS, EQUIVALENT).await;
}

/// Whoever places rows of before read a referral a moment before its order was cancelled.
async fn placed_after_a_change(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    shop.anna().await;
    let order = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
    shop.shop.post("orders/paid", &order.0).await;
    let id = text(&shop.why("1001").await, "referral").parse().expect("an id");
    let store = &app.engine.app.store;
    let read = store.referral(id).await.expect("reads").expect("a referral");
    let cancelled = order.later(app.at(60), json!({"cancelled_at": app.at(60).to_string()}));
    shop.shop.post("orders/cancelled", &cancelled.0).await;
    store.place_referral(&read).await.expect("writes");
    let found = shop.get("/v1/referrals?state=void").await;
    same("void referrals found", &found["data"].as_array().map_or(0, Vec::len), &1)
}
