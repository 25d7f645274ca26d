//! What SES tells of mails: each event counts once, and a pause that is not there can't be ended.

use serde_json::json;
use shared::store::{Feedback, Message, Notice, OutboxRow};
use tests::TestApp;

use super::{Equivalent, Guard, Kept, TRANSACT, UPDATE, lock, prove, same};

pub(super) const GUARDS: &[Guard] = &[
    Guard {
        name: "an event of SES counts once",
        lock: lock("reputation.rs count_feedback", TRANSACT, "OUT#", "NOT contains(seen, :event)"),
        story: |app| Box::pin(counted_twice(app)),
    },
    Guard {
        name: "saying that mails may go does not forget what became of them, unless they were paused",
        lock: lock("reputation.rs resume_mail", UPDATE, "MER#", "attribute_exists(mail_paused)"),
        story: |app| Box::pin(resumed_without_a_pause(app)),
    },
];

pub(super) const EQUIVALENT: &[Equivalent] = &[];

#[tokio::test]
async fn reputations_are_wrong_without_their_conditions() {
    prove(GUARDS, EQUIVALENT).await;
}

async fn counted_twice(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    let store = &app.engine.app.store;
    let shop = store.shop(shop.shop.id.parse().expect("an id")).await.expect("reads").expect("a shop");
    let notice = Notice::PoolLow { pool_name: "Summer".into(), left: 3 };
    let id = Notice::pool_low_id("pool", app.at(0));
    let row = OutboxRow::queued(id, shop.merchant, Message::Notice { notice }, app.at(0));
    assert!(store.add_outbox(&row).await.expect("writes"));
    // Two workers read the row before either has counted.
    for _ in 0..2 {
        store.count_feedback(&row, "m", app.at(0), &Feedback::Sent).await.expect("writes");
    }
    let counted = store.counted_mails(shop.merchant, app.at(0), 2, None).await.expect("reads");
    same("mails that were sent", &counted.sent, &1)
}

async fn resumed_without_a_pause(app: TestApp) -> Kept {
    let shop = app.merchant().await;
    let store = &app.engine.app.store;
    let shop = store.shop(shop.shop.id.parse().expect("an id")).await.expect("reads").expect("a shop");
    store.resume_mail(shop.merchant, app.at(0)).await.expect("writes");
    let merchant = store.merchant(shop.merchant).await.expect("reads").expect("a merchant");
    same("since when mails count anew", &json!(merchant.mail_resumed_at), &json!(null))
}
