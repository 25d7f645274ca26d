//! Mails: whatever workers do to each other, one mail goes out once, and none is forgotten.

use local::inbox::Refusal;
use local::wire::{Fault, Gate, Trouble};
use serde_json::json;
use shared::domain::id::ProgramId;
use shared::store::key::SHARDS;
use shared::store::{Message, Notice, OutboxRow};
use tests::{TestApp, TestMerchant, TestOrder};

use super::{Equivalent, Guard, Kept, Lock, NEW, PUT, UPDATE, lock, overtaken, prove, same};

const CLAIM: Lock = lock(
    "outbox.rs claim_outbox",
    UPDATE,
    "OUT#",
    "#state IN (:queued, :withheld) OR (#state = :claimed AND due_at <= :now)",
);
const END: Lock = lock("outbox.rs end_outbox_claim", UPDATE, "OUT#", "#state = :claimed AND attempts = :attempts");
const WITHHOLD: Lock =
    lock("outbox.rs end_outbox_claim", UPDATE, "OUT#", "#state = :claimed AND attempts = :attempts AND dsk = :lease");

pub(super) const GUARDS: &[Guard] = &[
    Guard {
        name: "a mail that another worker has sent is not sent again",
        lock: CLAIM,
        story: |app| Box::pin(claimed_after_it_was_sent(app)),
    },
    Guard {
        name: "a mail that was sent is not sent again when the lease of its worker has ended",
        lock: CLAIM.leaving("#state IN (:queued, :withheld) OR due_at <= :now"),
        story: |app| Box::pin(claimed_long_after_it_was_sent(app)),
    },
    Guard {
        name: "a mail that another worker is sending is left to it",
        lock: CLAIM.leaving("#state IN (:queued, :withheld, :claimed)"),
        story: |app| Box::pin(claimed_while_it_is_sent(app)),
    },
    Guard {
        name: "a mail whose worker died is taken up by another",
        lock: CLAIM.leaving("#state IN (:queued, :withheld)"),
        story: |app| Box::pin(claimed_by_a_worker_that_died(app)),
    },
    Guard {
        name: "a withheld mail goes out when its reward comes back",
        lock: CLAIM.leaving("#state = :queued OR (#state = :claimed AND due_at <= :now)"),
        story: |app| Box::pin(restored_when_withheld(app)),
    },
    Guard {
        name: "a worker whose claim was taken over can't undo what was sent since",
        lock: END,
        story: |app| Box::pin(ended_after_another_sent(app)),
    },
    Guard {
        name: "a worker whose claim was taken over can't end the claim of the one that has it now",
        lock: END.leaving("#state = :claimed"),
        story: |app| Box::pin(ended_while_another_sends(app)),
    },
    Guard {
        name: "an end noted twice counts once, so that no third copy goes out",
        lock: END.leaving("attempts = :attempts"),
        story: |app| Box::pin(ended_twice(app)),
    },
    Guard {
        name: "a mail is not withheld when its reward has come back",
        lock: WITHHOLD.leaving("#state = :claimed AND attempts = :attempts"),
        story: |app| Box::pin(woken_while_withheld(app)),
    },
    Guard {
        name: "what was said once is not said again",
        lock: lock("outbox.rs add_outbox", PUT, "OUT#", NEW),
        story: |app| Box::pin(said_twice(app)),
    },
    Guard {
        name: "a mail whose worker died stays due",
        lock: lock("outbox.rs rest_outbox", UPDATE, "OUT#", "#state IN (:sent, :suppressed, :dead)"),
        story: |app| Box::pin(claimed_by_a_worker_that_died(app)),
    },
];

pub(super) const EQUIVALENT: &[Equivalent] = &[Equivalent {
    lock: WITHHOLD.leaving("dsk = :lease"),
    because: "`dsk` has the end of the lease only while this claim stands; another time would have to be the same millisecond",
    unless: &[WITHHOLD],
    story: |app| Box::pin(withheld_after_another_sent(app)),
}];

#[tokio::test]
async fn mails_break_without_their_conditions() {
    prove(GUARDS, EQUIVALENT).await;
}

/// An order that has one mail follow, which the stream and the sweep both know of.
async fn one_mail(app: &TestApp) -> (TestMerchant, TestOrder) {
    let shop = app.merchant().await;
    let program = shop.program(|program| program["rewards"]["friend"] = json!([])).await;
    shop.link(&program, "anna@example.com", Some("anna10")).await;
    let order = TestOrder::paid("1001", app.at(0)).coupon("ANNA10");
    shop.shop.post("orders/paid", &order.0).await;
    app.engine.advance(61);
    (shop, order)
}

/// A worker that the stream calls.
async fn stream(app: TestApp) {
    app.engine.feed().await.expect("feeds");
}

/// A worker that the schedule calls.
async fn sweep(app: TestApp) {
    app.engine.tick().await.expect("ticks");
}

/// How often the mail has gone out when all has come to rest.
async fn copies(app: &TestApp, expected: usize) -> Kept {
    app.days_pass(1).await;
    same("copies of the mail", &app.mails().len(), &expected)
}

const CLAIMING: [&str; 3] = [UPDATE, "OUT#", ":until"];
const ENDING: [&str; 3] = [UPDATE, "OUT#", "ended + :one"];

fn hold(app: &TestApp, [operation, item, text]: [&'static str; 3]) -> Gate {
    app.engine.wire.hold(operation, item, text)
}

async fn claimed_after_it_was_sent(app: TestApp) -> Kept {
    one_mail(&app).await;
    overtaken(&app, CLAIMING, sweep(app.clone()), stream(app.clone())).await;
    copies(&app, 1).await
}

async fn claimed_long_after_it_was_sent(app: TestApp) -> Kept {
    one_mail(&app).await;
    let sent = async {
        stream(app.clone()).await;
        app.engine.advance(16 * 60);
    };
    // Held where it has read that the mail is queued, and has not yet looked at the clock.
    overtaken(&app, ["GetItem", "REF#", ""], sweep(app.clone()), sent).await;
    copies(&app, 1).await
}

async fn claimed_while_it_is_sent(app: TestApp) -> Kept {
    one_mail(&app).await;
    let late_claims = hold(&app, CLAIMING);
    let late = tokio::spawn(sweep(app.clone()));
    late_claims.caught().await.expect("a call");
    let first_ends = hold(&app, ENDING);
    let first = tokio::spawn(stream(app.clone()));
    first_ends.caught().await.expect("a call");
    late_claims.open();
    late.await.expect("a worker");
    first_ends.open();
    first.await.expect("a worker");
    copies(&app, 1).await
}

async fn ended_after_another_sent(app: TestApp) -> Kept {
    let (shop, order) = one_mail(&app).await;
    app.engine.inbox.refuse([Refusal::Throttled]);
    let takes_over = async {
        app.engine.advance(16 * 60);
        sweep(app.clone()).await;
    };
    overtaken(&app, ENDING, stream(app.clone()), takes_over).await;
    // When the reward goes and comes back, the mail is looked at again.
    cancel(&app, &shop, &order, 100).await;
    restore(&app, &shop, &order, 200).await;
    copies(&app, 1).await
}

async fn ended_while_another_sends(app: TestApp) -> Kept {
    one_mail(&app).await;
    app.engine.inbox.refuse([Refusal::Throttled]);
    let first_ends = hold(&app, ENDING);
    let first = tokio::spawn(stream(app.clone()));
    first_ends.caught().await.expect("a call");
    app.engine.advance(16 * 60);
    let second_ends = hold(&app, ENDING);
    let second = tokio::spawn(sweep(app.clone()));
    second_ends.caught().await.expect("a call");
    first_ends.open();
    first.await.expect("a worker");
    second_ends.open();
    second.await.expect("a worker");
    copies(&app, 1).await
}

async fn ended_twice(app: TestApp) -> Kept {
    one_mail(&app).await;
    app.engine.inbox.refuse([
        Refusal::Throttled,
        Refusal::TakenThenError,
        Refusal::TakenThenError,
        Refusal::TakenThenError,
    ]);
    // The SDK notes the end once more, because it has no answer.
    let fault = Fault { operation: UPDATE, body_contains: "ended + :one", trouble: Trouble::LoseAnswer, times: 1 };
    app.engine.wire.inject(fault);
    for _ in 0..4 {
        app.days_pass(1).await;
    }
    // "A mail goes out once; only when SES gives no clear answer is there one more copy, never a third."
    copies(&app, 2).await
}

pub(super) async fn cancel(app: &TestApp, shop: &TestMerchant, order: &TestOrder, at: i64) {
    let cancelled = json!({"cancelled_at": app.at(at).to_string()});
    shop.shop.post("orders/cancelled", &order.clone().later(app.at(at), cancelled).0).await;
}

pub(super) async fn restore(app: &TestApp, shop: &TestMerchant, order: &TestOrder, at: i64) {
    shop.shop.post("orders/updated", &order.clone().later(app.at(at), json!({})).0).await;
}

async fn woken_while_withheld(app: TestApp) -> Kept {
    let (shop, order) = one_mail(&app).await;
    cancel(&app, &shop, &order, 100).await;
    overtaken(&app, ENDING, stream(app.clone()), restore(&app, &shop, &order, 200)).await;
    copies(&app, 1).await
}

async fn restored_when_withheld(app: TestApp) -> Kept {
    let (shop, order) = one_mail(&app).await;
    cancel(&app, &shop, &order, 100).await;
    stream(app.clone()).await;
    restore(&app, &shop, &order, 200).await;
    copies(&app, 1).await
}

async fn withheld_after_another_sent(app: TestApp) -> Kept {
    let (shop, order) = one_mail(&app).await;
    cancel(&app, &shop, &order, 100).await;
    let takes_over = async {
        restore(&app, &shop, &order, 200).await;
        app.engine.advance(16 * 60);
        sweep(app.clone()).await;
    };
    overtaken(&app, ENDING, stream(app.clone()), takes_over).await;
    // The next time that the reward comes back, the mail is looked at again.
    cancel(&app, &shop, &order, 300).await;
    restore(&app, &shop, &order, 400).await;
    copies(&app, 1).await
}

async fn claimed_by_a_worker_that_died(app: TestApp) -> Kept {
    one_mail(&app).await;
    let store = &app.engine.app.store;
    for shard in 0..SHARDS {
        for item in store.due(shard, app.at(0), 100).await.expect("reads") {
            let id = item.pk.strip_prefix("OUT#").and_then(|id| id.parse().ok()).expect("a mail");
            // This worker dies.
            let mail = store.outbox(id).await.expect("reads").expect("a row");
            assert!(store.claim_outbox(&mail, app.at(0)).await.expect("claims").is_some());
        }
    }
    // The next one finds the mail claimed.
    stream(app.clone()).await;
    copies(&app, 1).await
}

async fn said_twice(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    let row = app.engine.app.store.shop(shop.shop.id.parse().expect("an id")).await.expect("reads").expect("a shop");
    let program = ProgramId::new(app.engine.app.ulid());
    let notice = Notice::BudgetSpent { program, program_name: "Give 10 %".into(), period: "total".into() };
    let id = Notice::budget_spent_id(program, "total");
    let row = OutboxRow::queued(id, row.merchant, Message::Notice { notice }, app.at(0));
    for _ in 0..2 {
        app.engine.app.store.add_outbox(&row).await.expect("writes");
        app.days_pass(1).await;
    }
    copies(&app, 1).await
}
