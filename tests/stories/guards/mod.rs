//! Each condition of the store guards something: its story ends well with the condition, and breaks when the wire takes
//! the condition out of the requests. Which conditions there are, `coverage.rs` reads from the source.
//!
//! A new condition needs an entry in `GUARDS` of its theme, and a story that provokes what it is there for; `overtaken`
//! and `Wire::hold` make two workers meet in the same order every time. If another condition makes it superfluous, it
//! goes to `EQUIVALENT` with the reason. `cargo test -p tests --test stories guards -- --nocapture` prints what broke.

mod accounts;
mod asks;
mod coverage;
mod debts;
mod discounts;
mod endpoints;
mod firsts;
mod limits;
mod links;
mod numbers;
mod orders;
mod outbox;
mod pools;
mod privacy;
mod reputation;
mod shops;
mod states;

use std::fmt::Display;
use std::pin::Pin;
use std::time::Duration;

use local::wire::Weakening;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{TestApp, TestMerchant, TestOrder, text};
use tokio::time::timeout;

/// What most conditions are: nothing is there yet.
const NEW: &str = "attribute_not_exists(pk)";
/// What must be there already.
const THERE: &str = "attribute_exists(pk)";
/// What a change asks for: nobody was faster.
const FOLLOWS: &str = "#v = :v";

const PUT: &str = "PutItem";
const UPDATE: &str = "UpdateItem";
const TRANSACT: &str = "TransactWriteItems";

/// Whether a promise was kept; the error says what broke. What is wrong with the story itself panics.
type Kept = Result<(), String>;
/// Provokes what a condition is there for, on a fresh engine.
type Story = fn(TestApp) -> Pin<Box<dyn Future<Output = Kept>>>;

/// A condition in the source, and how the wire takes it out.
#[derive(Clone, Copy)]
struct Lock {
    /// File and function in `shared/src/store`.
    at: &'static str,
    weakening: Weakening,
}

/// A condition as a whole, gone without a trace.
const fn lock(at: &'static str, operation: &'static str, item: &'static str, condition: &'static str) -> Lock {
    Lock { at, weakening: Weakening { operation, item, guard: condition, instead: "" } }
}

impl Lock {
    /// Only a part is taken out: this is left.
    const fn leaving(self, instead: &'static str) -> Self {
        Self { weakening: Weakening { instead, ..self.weakening }, ..self }
    }
}

/// A condition that something breaks without.
struct Guard {
    /// The promise it keeps.
    name: &'static str,
    lock: Lock,
    story: Story,
}

/// A condition that may go without anything breaking.
struct Equivalent {
    lock: Lock,
    because: &'static str,
    /// The locks of one door: with all of them gone the story breaks, and if this one is among them, it holds the door
    /// alone as well. Empty where the condition can't make a difference at all.
    unless: &'static [Lock],
    story: Story,
}

/// A story that waits for what never comes is at fault, and has not broken a promise.
const PATIENCE: Duration = Duration::from_mins(1);

/// Plays a story without these conditions.
async fn play(story: Story, without: &[Lock]) -> Kept {
    let app = TestApp::with_faults().await;
    let weaken = |lock: &Lock| (*lock, app.engine.wire.weaken(lock.weakening));
    let hits: Vec<_> = without.iter().map(weaken).collect();
    let wire = app.engine.wire.clone();
    let kept = timeout(PATIENCE, story(app)).await.expect("the story comes to an end");
    for (lock, hits) in hits {
        assert!(hits.count() > 0, "the story never came to {} {:?}", lock.at, lock.weakening);
    }
    assert_eq!(wire.unreadable(), [""; 0], "what is left of a condition must be one");
    kept
}

/// Proves a theme: all guards, and that the others really are superfluous.
async fn prove(guards: &[Guard], equivalent: &[Equivalent]) {
    let mut faults = Vec::new();
    for Guard { name, lock, story } in guards {
        let without = [*lock];
        let (guarded, unguarded) = tokio::join!(play(*story, &[]), play(*story, &without));
        if let Err(broke) = guarded {
            faults.push(format!("{name}: broken although all conditions stand: {broke}"));
        }
        match unguarded {
            Ok(()) => faults.push(format!("{name}: kept without {} {:?}", lock.at, lock.weakening)),
            Err(broke) => println!("{name} | {} {} | {broke}", lock.at, said(lock)),
        }
    }
    for Equivalent { lock, because, unless, story } in equivalent {
        let this = format!("{} {}", lock.at, said(lock));
        let others: Vec<Lock> = unless.iter().filter(|other| other.weakening != lock.weakening).copied().collect();
        let (gone, alone, open) = (std::slice::from_ref(lock), &others[..], *unless);
        // Alone it can be tried only where it is one of the locks.
        let alone = if alone.len() < open.len() { alone } else { gone };
        let (gone, alone, open) = tokio::join!(play(*story, gone), play(*story, alone), play(*story, open));
        if let Err(broke) = gone {
            faults.push(format!("{this} is not superfluous: {broke}"));
        }
        if let Err(broke) = alone {
            faults.push(format!("{this} does not hold the door alone: {broke}"));
        }
        match (open, unless.is_empty()) {
            (Ok(()), false) => faults.push(format!("{this}: nothing that it guards was provoked")),
            (Err(broke), true) => faults.push(format!("{because}: broken although all conditions stand: {broke}")),
            (Ok(()), true) => println!("{because} | {this}"),
            (Err(broke), false) => println!("{because} | {this} | without the others too: {broke}"),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn said(lock: &Lock) -> String {
    let Weakening { operation, item, guard, instead } = lock.weakening;
    let left = if instead.is_empty() { String::new() } else { format!(", left `{instead}`") };
    format!("({operation} {item}) `{guard}`{left}")
}

/// Runs both at once: `late` stands at its first such call (operation, item, text; see `Wire::hold`) while `other` runs
/// from beginning to end.
async fn overtaken<L, O>(
    app: &TestApp,
    [operation, item, text]: [&'static str; 3],
    late: impl Future<Output = L>,
    other: impl Future<Output = O>,
) -> (L, O) {
    let gate = app.engine.wire.hold(operation, item, text);
    let other = async {
        gate.caught().await.expect("the late one comes to the gate");
        let other = other.await;
        gate.open();
        other
    };
    tokio::join!(late, other)
}

/// The promise is kept if `got` is what it should be.
fn same<T: PartialEq<U> + std::fmt::Debug, U: std::fmt::Debug>(what: impl Display, got: &T, expected: &U) -> Kept {
    if got == expected { Ok(()) } else { Err(format!("{what}: {got:?} and not {expected:?}")) }
}

/// Calls the API whatever the answer, with an idempotency key if it is not empty: status and body.
async fn call(shop: &TestMerchant, method: Method, path: &str, key: &str, body: Value) -> (u16, Value) {
    let request = shop.app.client.request(method, format!("{}{path}", shop.app.engine.url)).bearer_auth(&shop.api_key);
    let request = if key.is_empty() { request } else { request.header("idempotency-key", key) };
    let answer = request.json(&body).send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.expect("a JSON body"))
}

/// Anna's link ANNA10 in a program that rewards advocates only, changed as a story needs it.
async fn for_advocates(shop: &TestMerchant, change: impl FnOnce(&mut Value)) -> Value {
    let change = |body: &mut Value| {
        body["rewards"]["friend"] = json!([]);
        change(body);
    };
    let program = shop.program(change).await;
    shop.link(&program, "anna@example.com", Some("anna10")).await
}

/// An order of 500.00 with Anna's code by a buyer who has no other.
fn annas(app: &TestApp, id: u64) -> TestOrder {
    let buyer = json!({"email": format!("bo{id}@example.com"), "customer": {"id": id}});
    TestOrder::paid(&id.to_string(), app.at(0)).coupon("ANNA10").with(buyer)
}

/// The shop says that an order is paid.
async fn pays(shop: &TestMerchant, order: &TestOrder) {
    assert_eq!(shop.shop.post("orders/paid", &order.0).await, 200);
}

/// What stands on the advocate's accounts in SEK: `liability`, for example.
async fn balance(shop: &TestMerchant, link: &Value, account: &str) -> String {
    text(&shop.ledger(&link["advocate"]).await["balances"]["SEK"], account)
}
