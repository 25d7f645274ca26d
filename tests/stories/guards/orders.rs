//! Orders, and what follows from them: two messages about one order meet, and both count once.

use local::wire::{Fault, Trouble};
use reqwest::Method;
use serde_json::{Value, json};
use shared::store::key::SHARDS;
use tests::{TestApp, TestMerchant, TestOrder, text};

use super::{
    Equivalent, FOLLOWS, Guard, Kept, Lock, NEW, PUT, THERE, TRANSACT, UPDATE, annas, for_advocates, lock, overtaken,
    pays, prove, same,
};

pub(super) const GUARDS: &[Guard] = &[
    Guard {
        name: "of two first messages about an order without a link none is lost",
        lock: lock("orders.rs commit", PUT, "ORD#", NEW),
        story: |app| Box::pin(refund_meets_its_order(app)),
    },
    Guard {
        name: "of two later messages about an order without a link none is lost",
        lock: lock("orders.rs commit", PUT, "ORD#", FOLLOWS),
        story: |app| Box::pin(two_refunds_meet(app)),
    },
    Guard {
        name: "a new order is credited to one advocate",
        lock: ORDER_NEW,
        story: |app| Box::pin(two_codes_meet(app, false)),
    },
    Guard {
        name: "a known order is credited to one advocate",
        lock: KNOWN_FOLLOWS,
        story: |app| Box::pin(two_codes_meet(app, true)),
    },
    Guard {
        name: "an order that is written while another one takes its turn stays written",
        lock: lock("orders.rs overtake_order", PUT, "ORD#", NEW),
        story: |app| Box::pin(written_when_overtaken(app, false)),
    },
    Guard {
        name: "an order of which a refund is known is written while another one takes its turn, and stays written",
        lock: lock("orders.rs overtake_order", PUT, "ORD#", FOLLOWS),
        story: |app| Box::pin(written_when_overtaken(app, true)),
    },
    Guard {
        name: "later orders are decided again for the last change, not only for the one before",
        lock: lock("orders.rs close_order", UPDATE, "ORD#", FOLLOWS),
        story: |app| Box::pin(changed_while_closing(app)),
    },
    Guard {
        name: "putting off what is done meanwhile leaves nothing behind",
        lock: lock("due.rs postpone", UPDATE, "PRK#", "attribute_exists(dpk)"),
        story: |app| Box::pin(put_off_when_done(app)),
    },
];

const ORDER_NEW: Lock = lock("orders.rs commit", TRANSACT, "ORD#", NEW);
const REFERRAL_NEW: Lock = lock("orders.rs commit", TRANSACT, "REF#", NEW);
const ENTRY_NEW: Lock = lock("orders.rs commit", TRANSACT, "LED#", NEW);
const MAIL_NEW: Lock = lock("outbox.rs put_outbox", TRANSACT, "OUT#", NEW);

const KNOWN_FOLLOWS: Lock = lock("orders.rs commit", TRANSACT, "ORD#", FOLLOWS);
const RECORD_NEW: Lock = lock("audit.rs put_audit", TRANSACT, "AUD#", NEW);

/// The locks on one door: each of them alone keeps an order from being settled twice.
const SETTLED_ONCE: &[Lock] = &[ORDER_NEW, REFERRAL_NEW, ENTRY_NEW, MAIL_NEW];

pub(super) const EQUIVALENT: &[Equivalent] = &[
    Equivalent {
        lock: REFERRAL_NEW,
        because: "a referral's id is made from the order, which is fenced by its version",
        unless: SETTLED_ONCE,
        story: |app| Box::pin(settled_twice(app)),
    },
    Equivalent {
        lock: ENTRY_NEW,
        because: "an entry's number is counted by the referral, which only changes under the order's fence",
        unless: SETTLED_ONCE,
        story: |app| Box::pin(settled_twice(app)),
    },
    Equivalent {
        lock: MAIL_NEW,
        because: "a mail's id is made from the reward, which remembers under the order's fence that it has one",
        unless: SETTLED_ONCE,
        story: |app| Box::pin(settled_twice(app)),
    },
    Equivalent {
        lock: lock("orders.rs wake_referral", UPDATE, "REF#", THERE),
        because: "the referral is the one that a stored order names, and none is ever deleted",
        unless: &[],
        story: |app| Box::pin(account_comes_to_light(app)),
    },
    Equivalent {
        lock: RECORD_NEW,
        because: "a line of the record has the version that its act made of the order, and that is fenced",
        unless: &[KNOWN_FOLLOWS, RECORD_NEW],
        story: |app| Box::pin(two_people_act(app)),
    },
];

#[tokio::test]
async fn orders_break_without_their_conditions() {
    prove(GUARDS, EQUIVALENT).await;
}

async fn refunded(shop: &TestMerchant, expected: &str) -> Kept {
    same("refunded", &shop.why("1001").await["refunded"]["amount"], &json!(expected))
}

async fn refund_meets_its_order(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    let order = TestOrder::paid("1001", app.at(0));
    let refund = order.refund(1, "50.00", app.at(10));
    let late = shop.shop.post("orders/paid", &order.0);
    overtaken(&app, [PUT, "ORD#", ""], late, shop.shop.post("refunds/create", &refund)).await;
    refunded(&shop, "50.00").await
}

async fn two_refunds_meet(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    let order = TestOrder::paid("1001", app.at(0));
    shop.shop.post("orders/paid", &order.0).await;
    let (one, two) = (order.refund(1, "25.00", app.at(10)), order.refund(2, "50.00", app.at(10)));
    let late = shop.shop.post("refunds/create", &one);
    overtaken(&app, [PUT, "ORD#", ""], late, shop.shop.post("refunds/create", &two)).await;
    refunded(&shop, "75.00").await
}

/// Two messages that name different codes. Their referrals and entries have different keys, so that only the order's
/// own condition is between them.
async fn two_codes_meet(app: TestApp, known: bool) -> Kept {
    let shop = app.merchant().await;
    let program = shop.program(|_| ()).await;
    for (email, code) in [("anna@example.com", "anna10"), ("bea@example.com", "bea10")] {
        shop.link(&program, email, Some(code)).await;
    }
    let order = TestOrder::paid("1001", app.at(0));
    if known {
        shop.shop.post("orders/create", &order.clone().with(json!({"financial_status": "pending"})).0).await;
    }
    let [annas, beas] = ["ANNA10", "BEA10"].map(|code| order.clone().coupon(code).later(app.at(10), json!({})).0);
    let late = shop.shop.post("orders/paid", &annas);
    overtaken(&app, [TRANSACT, "ORD#", ""], late, shop.shop.post("orders/paid", &beas)).await;
    let mut credited = shop.rewards().await;
    credited.retain(|(side, _, state)| side == "advocate" && state == "approved");
    same("advocates with a reward", &credited.len(), &1)
}

/// A buyer's first order is in the timeline and not yet written. The second one takes its turn, and at that moment it is
/// written after all.
async fn written_when_overtaken(app: TestApp, refunded: bool) -> Kept {
    let shop = app.merchant().await;
    shop.anna().await;
    let first = TestOrder::paid("1001", app.at(0));
    if refunded {
        shop.shop.post("refunds/create", &first.refund(1, "50.00", app.at(10))).await;
    }
    let second = TestOrder::paid("1002", app.at(60)).coupon("ANNA10");
    let wire = &app.engine.wire;
    let slow = wire.hold(PUT, "ORD#", "");
    let writer = shop.shop.clone();
    let first = tokio::spawn(async move { writer.post("orders/paid", &first.0).await });
    slow.caught().await.expect("the first order is about to be written");
    let turn = wire.hold(PUT, "ORD#", "");
    let written = async {
        turn.caught().await.expect("the second order takes its turn");
        slow.open();
        first.await.expect("the first order is written");
        turn.open();
    };
    tokio::join!(shop.shop.post("orders/paid", &second.0), written);
    app.days_pass(1).await;
    same("the second order's outcome", &shop.why("1002").await["outcome"], &json!("not_credited"))?;
    let expected = if refunded { "450.00" } else { "500.00" };
    same("what the first order comes to", &shop.why("1001").await["net"]["amount"], &json!(expected))
}

/// Whose account it is, is told after an order by it was credited.
async fn account_comes_to_light(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    let program = shop.program(|body| body["qualify"]["new_customers_only"] = json!(false)).await;
    shop.link(&program, "anna@example.com", Some("anna10")).await;
    shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(0)).coupon("ANNA10").0).await;
    let told = json!({"email": "anna@example.com", "shop": shop.shop.id, "customer_id": "7001"});
    shop.call(200, Method::PATCH, "/v1/customers", told).await;
    app.days_pass(1).await;
    same("the order's outcome", &shop.why("1001").await["outcome"], &json!("not_credited"))
}

/// The same message twice; the first to get through has its mails sent before the other is.
async fn settled_twice(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    shop.anna().await;
    let order = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
    let first = async {
        shop.shop.post("orders/paid", &order.0).await;
        app.drain().await;
    };
    overtaken(&app, [TRANSACT, "ORD#", ""], shop.shop.post("orders/paid", &order.0), first).await;
    app.days_pass(1).await;
    same("mails", &app.mails().len(), &2)
}

/// Two people hand over one reward each, of the same order, at the same time.
async fn two_people_act(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    let twice = |body: &mut Value| {
        let rules = body["rewards"]["advocate"].as_array_mut().expect("a list");
        rules.push(rules[0].clone());
    };
    for_advocates(&shop, twice).await;
    pays(&shop, &annas(&app, 1001)).await;
    let rewards = shop.get("/v1/rewards").await;
    let fulfil = |index: usize, actor: &str| {
        let path = format!("/v1/rewards/{}/fulfil", text(&rewards["data"][index], "id"));
        let body = json!({"actor": actor});
        let shop = &shop;
        async move { shop.call(200, Method::POST, &path, body).await }
    };
    overtaken(&app, [TRANSACT, "ORD#", ""], fulfil(0, "Eva"), fulfil(1, "Kim")).await;
    let record = shop.get("/v1/audit").await;
    let lines = record["data"].as_array().expect("a list").iter();
    let mut actors: Vec<_> = lines.filter(|row| row["action"] == "fulfil").map(|row| text(row, "actor")).collect();
    actors.sort();
    same("who is on record", &actors, &["Eva", "Kim"])
}

/// Order 1001 comes to light before 1002, which is decided again. Before that is noted, 1001 is called off, and 1002
/// can't be decided again at once: the retry must still know that it has to be.
async fn changed_while_closing(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    shop.anna().await;
    shop.shop.post("orders/paid", &TestOrder::paid("1002", app.at(600)).coupon("ANNA10").0).await;
    let first = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
    let called_off = first.clone().later(app.at(900), json!({"cancelled_at": app.at(900).to_string()}));
    let call_off = async {
        let of_the_later = Fault { operation: TRANSACT, body_contains: "#1002", trouble: Trouble::Fail, times: 1000 };
        app.engine.wire.inject(of_the_later);
        shop.shop.post("orders/cancelled", &called_off.0).await
    };
    overtaken(&app, [UPDATE, "ORD#", ""], shop.shop.post("orders/paid", &first.0), call_off).await;
    app.engine.wire.heal();
    app.days_pass(1).await;
    let outcomes = [shop.why("1001").await, shop.why("1002").await].map(|why| text(&why, "outcome"));
    same("outcomes of the first order and the second", &outcomes, &["void", "credited"])
}

/// A parked event is applied and forgotten, but the answer to that is lost, so that it counts as failed.
async fn put_off_when_done(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    shop.anna().await;
    let fault = |operation, body_contains, trouble, times| Fault { operation, body_contains, trouble, times };
    app.engine.wire.inject(fault(TRANSACT, "ORD#", Trouble::Fail, 1000));
    shop.shop.post("orders/paid", &TestOrder::paid("1001", app.at(0)).coupon("ANNA10").0).await;
    app.engine.wire.heal();
    let mut parked = Vec::new();
    for shard in 0..SHARDS {
        parked.extend(app.engine.app.store.due(shard, app.at(3600), 100).await.expect("reads"));
    }
    let [parked] = &parked[..] else { panic!("one event is parked, and not {parked:?}") };
    // As often as the SDK tries.
    app.engine.wire.inject(fault("DeleteItem", "PRK#", Trouble::LoseAnswer, 3));
    app.engine.advance(120);
    app.engine.tick().await.expect("ticks");
    same("the event's outcome", &shop.why("1001").await["outcome"], &json!("credited"))?;
    let left = app.engine.wire.item("goodword-core", &[("pk", &parked.pk), ("sk", "#")]).await.expect("reads");
    same("whether anything is left of the event", &left.is_some(), &false)
}
