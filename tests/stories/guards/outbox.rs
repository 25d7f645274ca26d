//! Mails: whatever workers do to each other, one mail goes out once, and none is forgotten.

use local::inbox::Refusal;
use local::wire::{Fault, Gate, Trouble};
use serde_json::json;
use shared::domain::id::ProgramId;
use shared::store::key::SHARDS;
use shared::store::{Message, Notice, OutboxRow, OutboxState};
use tests::{TestApp, TestMerchant, TestOrder};

use super::{Equivalent, Guard, Kept, Lock, NEW, PUT, UPDATE, lock, overtaken, prove, same};

const CLAIM: Lock = lock("outbox.rs claim_outbox", UPDATE, "OUT#", "#state = :was AND attempts = :attempts");
const END: Lock = lock("outbox.rs end_outbox_claim", UPDATE, "OUT#", "#state = :claimed AND attempts = :attempts");
const RESOLVE: Lock = lock("evidence.rs resolve_outbox", UPDATE, "OUT#", "attempts >= :attempt AND #state <> :sent");
const WITHHOLD: Lock =
    lock("outbox.rs end_outbox_claim", UPDATE, "OUT#", "#state = :claimed AND attempts = :attempts AND dsk = :lease");

pub(super) const GUARDS: &[Guard] = &[
    Guard {
        name: "a mail that another worker has sent is not sent again",
        lock: CLAIM,
        story: |app| Box::pin(claimed_after_it_was_sent(app)),
    },
    Guard {
        name: "a mail that somebody else has perhaps sent meanwhile is not sent a third time",
        lock: CLAIM.leaving("#state = :was"),
        story: |app| Box::pin(claimed_after_it_was_perhaps_sent_again(app)),
    },
    Guard {
        name: "a mail is not sent again when SES's word comes at the last moment",
        lock: CLAIM.leaving("attempts = :attempts"),
        story: |app| Box::pin(claimed_after_the_evidence(app)),
    },
    Guard {
        name: "an event about an attempt that there was not settles nothing",
        lock: RESOLVE.leaving("#state <> :sent"),
        story: |app| Box::pin(resolved_before_it_was_tried(app)),
    },
    Guard {
        name: "a mail keeps the name that SES gave its first copy",
        lock: RESOLVE,
        story: |app| Box::pin(resolved_twice(app)),
    },
    Guard {
        name: "a mail is not put to rest as uncertain when SES's word comes at the last moment",
        lock: lock("evidence.rs rest_uncertain", UPDATE, "OUT#", "#state = :was"),
        story: |app| Box::pin(rested_after_the_evidence(app)),
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
    Guard {
        name: "a message that somebody works on is not handed to another worker because it was to be tried at once",
        lock: lock("outbox.rs hasten_outbox", UPDATE, "OUT#", "#state = :queued"),
        story: |app| Box::pin(hastened_while_it_is_claimed(app)),
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

/// The one mail's row.
async fn row(app: &TestApp) -> OutboxRow {
    let store = &app.engine.app.store;
    for shard in 0..SHARDS {
        if let Some(item) = store.due(shard, app.at(3600), 100).await.expect("reads").first() {
            let id = item.pk.strip_prefix("OUT#").and_then(|id| id.parse().ok()).expect("a mail");
            return store.outbox(id).await.expect("reads").expect("a mail");
        }
    }
    panic!("no mail is due")
}

/// The mail goes out, but SES's answer says otherwise; then so long passes that it may be sent once more.
async fn perhaps_sent(app: &TestApp, further: usize) -> OutboxRow {
    one_mail(app).await;
    app.engine.inbox.refuse(vec![Refusal::TakenThenError; 1 + further]);
    stream(app.clone()).await;
    app.engine.advance(16 * 60);
    row(app).await
}

async fn evidence(app: &TestApp, row: &OutboxRow) -> bool {
    app.engine.app.store.resolve_outbox(row.id, row.attempts, "of SES").await.expect("writes")
}

async fn claimed_after_it_was_perhaps_sent_again(app: TestApp) -> Kept {
    perhaps_sent(&app, 2).await;
    overtaken(&app, CLAIMING, sweep(app.clone()), sweep(app.clone())).await;
    copies(&app, 2).await
}

async fn claimed_after_the_evidence(app: TestApp) -> Kept {
    let row = perhaps_sent(&app, 0).await;
    overtaken(&app, CLAIMING, sweep(app.clone()), evidence(&app, &row)).await;
    copies(&app, 1).await
}

async fn resolved_before_it_was_tried(app: TestApp) -> Kept {
    one_mail(&app).await;
    app.engine.app.store.resolve_outbox(row(&app).await.id, 1, "of SES").await.expect("writes");
    stream(app.clone()).await;
    copies(&app, 1).await
}

async fn resolved_twice(app: TestApp) -> Kept {
    let row = perhaps_sent(&app, 0).await;
    assert!(evidence(&app, &row).await);
    app.engine.app.store.resolve_outbox(row.id, 1, "another").await.expect("writes");
    let row = app.engine.app.store.outbox(row.id).await.expect("reads").expect("a mail");
    same("the name of the mail", &row.message_id.as_deref(), &Some("of SES"))
}

async fn rested_after_the_evidence(app: TestApp) -> Kept {
    perhaps_sent(&app, 1).await;
    sweep(app.clone()).await;
    app.engine.advance(16 * 60);
    let row = row(&app).await;
    overtaken(&app, [UPDATE, "OUT#", ":uncertain"], sweep(app.clone()), evidence(&app, &row)).await;
    let row = app.engine.app.store.outbox(row.id).await.expect("reads").expect("a mail");
    same("where the mail stands", &row.state, &OutboxState::Sent)
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
    app.engine.inbox.refuse([Refusal::Throttled, Refusal::TakenThenError]);
    let first_ends = hold(&app, ENDING);
    let first = tokio::spawn(stream(app.clone()));
    first_ends.caught().await.expect("a call");
    app.engine.advance(16 * 60);
    let second_ends = hold(&app, [UPDATE, "OUT#", "InternalFailure"]);
    let second = tokio::spawn(sweep(app.clone()));
    second_ends.caught().await.expect("a call");
    first_ends.open();
    first.await.expect("a worker");
    second_ends.open();
    second.await.expect("a worker");
    copies(&app, 1).await
}

/// A worker claims it after it was looked at whether it waits.
async fn hastened_while_it_is_claimed(app: TestApp) -> Kept {
    one_mail(&app).await;
    let engine = &app.engine.app;
    let mut rows = Vec::new();
    for shard in 0..SHARDS {
        for item in engine.store.due(shard, app.at(86_400), 100).await.expect("reads") {
            if let Some(id) = item.pk.strip_prefix("OUT#") {
                rows.extend(engine.store.outbox(id.parse().expect("an id")).await.expect("reads"));
            }
        }
    }
    let row = rows.into_iter().find(|row| row.state == OutboxState::Queued).expect("a message that waits");
    // By a clock that is a little behind: the mail waits for it.
    let hastened = async { engine.store.hasten_outbox(row.id, row.created_at).await };
    let claimed = async { engine.store.claim_outbox(&row, app.at(0)).await };
    let (_, claimed) = overtaken(&app, [UPDATE, "OUT#", ""], hastened, claimed).await;
    let claimed = claimed.expect("writes").expect("a claim");
    let now = engine.store.outbox(row.id).await.expect("reads").expect("a message");
    same("the end of the claim", &now.due_at, &claimed.due_at)
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

#[tokio::test]
async fn a_withheld_mail_goes_out_when_its_reward_comes_back() {
    restored_when_withheld(TestApp::with_faults().await).await.expect("kept");
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
            let row = store.outbox(id).await.expect("reads").expect("a mail");
            // This worker dies.
            assert!(store.claim_outbox(&row, app.at(0)).await.expect("claims").is_some());
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
