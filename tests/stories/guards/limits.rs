//! Caps, budgets and the numbers of referrals: two orders find room for one at the same moment.

use serde_json::{Value, json};
use shared::domain::amount::Amount;
use shared::domain::money::Currency;
use shared::domain::program::{Budget, Period, Program};
use shared::settle::budget_standing;
use shared::store::Writes;
use tests::{TestApp, TestMerchant, text};

use super::{Equivalent, Guard, Kept, Lock, TRANSACT, annas, for_advocates, lock, overtaken, pays, prove, same};

/// One of the conditions of a program's limits.
const fn limit(item: &'static str, condition: &'static str) -> Lock {
    lock("limits.rs count", TRANSACT, item, condition)
}

pub(super) const GUARDS: &[Guard] = &[
    Guard {
        name: "a cap on the number of rewards is not exceeded",
        lock: limit("CAP#", "(attribute_not_exists(#c1) OR #c1 <= :c1_before)"),
        story: |app| Box::pin(two_under_a_cap(app, json!({"count": 1}))),
    },
    Guard {
        name: "a cap on the value of rewards is not exceeded",
        lock: limit("CAP#", "(attribute_not_exists(#v1) OR #v1 <= :v1_before)"),
        story: |app| Box::pin(two_under_a_cap(app, json!({"value": {"amount": "150.00", "currency": "SEK"}}))),
    },
    Guard {
        name: "a budget is not exceeded",
        lock: limit("BUD#", "(attribute_not_exists(#spent) OR #spent <= :spent_before)"),
        story: |app| Box::pin(two_from_a_budget(app)),
    },
    Guard {
        name: "an advocate's first two referrals have a number each",
        lock: limit("CAP#", "attribute_not_exists(#next)"),
        story: |app| Box::pin(two_referrals_after(app, 0)),
    },
    Guard {
        name: "an advocate's next two referrals have a number each",
        lock: limit("CAP#", "#next = :last"),
        story: |app| Box::pin(two_referrals_after(app, 1)),
    },
    Guard {
        name: "a budget that was raised and ran out again is paused",
        lock: limit("BUD#", "(attribute_not_exists(#paused) OR #paused < :limit)"),
        story: |app| Box::pin(raised_and_spent_again(app)),
    },
];

pub(super) const EQUIVALENT: &[Equivalent] = &[];

#[tokio::test]
async fn limits_break_without_their_conditions() {
    prove(GUARDS, EQUIVALENT).await;
}

/// What the advocate got for each order, smallest first.
async fn given(shop: &TestMerchant) -> Vec<String> {
    let rewards = shop.get("/v1/rewards").await;
    let rewards = rewards["data"].as_array().expect("a list").iter();
    let mut given: Vec<_> = rewards.map(|reward| text(&reward["value"], "amount")).collect();
    given.sort();
    given
}

/// Two orders by one advocate: each is decided before the other is written.
async fn meet(app: &TestApp, shop: &TestMerchant, item: &'static str) {
    let (late, first) = (annas(app, 1001), annas(app, 1002));
    overtaken(app, [TRANSACT, item, ""], pays(shop, &late), pays(shop, &first)).await;
}

async fn two_under_a_cap(app: TestApp, lifetime: Value) -> Kept {
    let shop = app.merchant().await;
    for_advocates(&shop, |body| body["rewards"]["advocate"][0]["cap"] = json!({"lifetime": lifetime})).await;
    meet(&app, &shop, "CAP#").await;
    same("rewards under a cap of one", &given(&shop).await, &["100.00"])
}

/// The second referral after so many is worth more.
async fn two_referrals_after(app: TestApp, earlier: u64) -> Kept {
    let shop = app.merchant().await;
    let more = json!([{"from": earlier + 2, "value": {"amount": "200.00", "currency": "SEK"}}]);
    for_advocates(&shop, |body| body["rewards"]["advocate"][0]["by_count"] = more).await;
    for id in 0..earlier {
        pays(&shop, &annas(&app, 2000 + id)).await;
    }
    meet(&app, &shop, "CAP#").await;
    let given = given(&shop).await;
    let last = given.last().map(String::as_str);
    same("referrals, and the reward of the last", &(given.len() as u64, last), &(earlier + 2, Some("200.00")))
}

/// The program with a budget of so much.
async fn budget_of(app: &TestApp, program: &Program, minor: i64) -> Program {
    let sek: Currency = "SEK".parse().expect("a currency");
    let budget = Budget { value: Amount::new(minor, sek), period: Period::Total };
    let program = Program { version: program.version + 1, budget: Some(budget), ..program.clone() };
    let mut writes = Writes::default();
    app.engine.app.store.put_program(&mut writes, &program).expect("writes");
    app.engine.app.store.transact(writes).await.expect("a new version");
    program
}

/// A program that gives at most 100.00 in all: one reward.
async fn with_a_budget(app: &TestApp) -> (TestMerchant, Program) {
    let shop = app.merchant().await;
    let link = for_advocates(&shop, |_| ()).await;
    let store = &app.engine.app.store;
    let link = store.link(&text(&link, "code").parse().expect("a code")).await.expect("reads").expect("a link");
    let program = store.program(link.merchant, link.program).await.expect("reads").expect("a program");
    (shop, budget_of(app, &program, 10_000).await)
}

/// What the budget gave, and whether it is paused.
async fn standing(app: &TestApp, program: &Program) -> (i64, bool) {
    let standing = budget_standing(&app.engine.app, program, app.at(0)).await.expect("reads");
    let (_, spent, paused) = standing.expect("a budget");
    (spent, paused)
}

async fn two_from_a_budget(app: TestApp) -> Kept {
    let (shop, program) = with_a_budget(&app).await;
    meet(&app, &shop, "BUD#").await;
    same("what a budget of 100.00 gave", &given(&shop).await, &["100.00"])?;
    same("spent, and paused", &standing(&app, &program).await, &(10_000, true))
}

/// An order finds the budget spent. Before it says so, the budget is raised, and spent again.
async fn raised_and_spent_again(app: TestApp) -> Kept {
    let (shop, program) = with_a_budget(&app).await;
    pays(&shop, &annas(&app, 1000)).await;
    let again = async {
        let raised = budget_of(&app, &program, 20_000).await;
        for id in [1002, 1003] {
            pays(&shop, &annas(&app, id)).await;
        }
        raised
    };
    let late = annas(&app, 1001);
    let ((), raised) = overtaken(&app, [TRANSACT, "BUD#", "paused_at"], pays(&shop, &late), again).await;
    // An order that said so again would have to tell the merchant what was told already, and could not be written.
    same("spent, and paused", &standing(&app, &raised).await, &(20_000, true))
}
