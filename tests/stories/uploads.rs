//! Uploading codes: what is new is added, what is known is told, and a fault halfway is mended by a repeat.

use local::wire::{Fault, Trouble};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use shared::store::{StoreError, Upload};
use tests::{TestApp, TestPool, codes, text};

/// 10,000 are allowed; the emulator's time grows with the square of what was written, and this many take it seconds.
const MANY: usize = 2_500;

#[tokio::test]
async fn thousands_of_codes_are_added_in_one_call_and_known_ones_are_told() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let (pool, elsewhere) = (TestPool::new(&shop, 50).await, TestPool::new(&shop, 0).await);
    elsewhere.add(200, &codes("ELSE", 3)).await;

    let mut upload = codes("Many", MANY - 1);
    upload.extend(["else-1", "MANY-0", "New", "new"].map(str::to_owned));
    let (status, answer) = pool.add_once("upload-1", &upload).await;
    let told = json!({"added": MANY, "duplicates": ["else-1", "MANY-0", "new"], "in_other_pools": ["else-1"],
        "stock": MANY, "stock_is_at_least": false, "low": false});
    assert_eq!((status, &answer), (StatusCode::OK, &told));
    assert_eq!(pool.add_once("upload-1", &upload).await, (StatusCode::OK, told), "the same answer, codes and all");

    let again = pool.add(200, &upload[..1_000]).await;
    assert_eq!((&again["added"], &again["in_other_pools"]), (&json!(0), &json!([])), "{again}");
    assert_eq!(again["duplicates"], json!(upload[..1_000]), "all in this pool, as they were sent");
    assert_eq!(shop.get(&pool.path).await["stock"], MANY);
    assert_eq!(shop.get(&elsewhere.path).await["stock"], 3);
}

#[tokio::test]
async fn faulty_codes_are_all_named_and_nothing_is_added() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let pool = TestPool::new(&shop, 50).await;
    let mut upload = codes("GOOD", 20);
    upload[3] = "two words".into();
    upload[17] = String::new();
    upload[19] = "Å10".into();
    let problem = pool.add(422, &upload).await;
    let named: Vec<_> =
        problem["errors"].as_array().expect("faults").iter().map(|fault| text(fault, "pointer")).collect();
    assert_eq!(named, ["/codes/3", "/codes/17", "/codes/19"]);
    assert!(!problem.to_string().contains("two words"), "a code is not repeated: {problem}");
    assert_eq!(shop.get(&pool.path).await["stock"], 0);

    let bad = vec![String::new(); 10_000];
    assert_eq!(pool.add(422, &bad).await["errors"].as_array().map(Vec::len), Some(100));
    for count in [0, 10_001] {
        let problem = pool.add(422, &codes("C", count)).await;
        assert_eq!(problem["errors"][0], json!({"pointer": "/codes", "detail": "must be 1 to 10000 codes"}));
    }
    let path = format!("{}/codes", pool.path);
    shop.call(400, Method::POST, &path, json!({"codes": [1]})).await;
    shop.call(400, Method::POST, &path, json!({})).await;
    shop.call(413, Method::POST, &path, json!({"codes": [" ".repeat(1024 * 1024)]})).await;
    let most = vec!["x".repeat(64); 10_000];
    assert_eq!(pool.add(200, &most).await["added"], 1, "the longest upload fits");

    for (body, pointer) in [(json!({"name": ""}), "/name"), (json!({"name": "x", "low_at": 100_001}), "/low_at")] {
        let problem = shop.call(422, Method::POST, "/v1/coupon-pools", body).await;
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
    shop.call(413, Method::POST, "/v1/coupon-pools", json!({"name": "x".repeat(65 * 1024)})).await;
}

#[tokio::test]
async fn a_pool_is_made_once_under_a_key_and_listed() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let post = async |name: &str| {
        let post = app.client.post(format!("{}/v1/coupon-pools", app.engine.url)).bearer_auth(&shop.api_key);
        let post = post.header("idempotency-key", "pool-1").json(&json!({"name": name}));
        let answer = post.send().await.expect("an answer");
        (answer.status().as_u16(), answer.json::<Value>().await.expect("a JSON body"))
    };
    let (status, made) = post("Ten off").await;
    assert_eq!((status, &made["low_at"], &made["low"]), (201, &json!(50), &json!(true)), "{made}");
    assert_eq!(post("Ten off").await, (201, made.clone()));
    assert_eq!(post("Other").await.0, 422);
    let listed = shop.get("/v1/coupon-pools").await;
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!((&listed["data"][0]["id"], &listed["next"]), (&made["id"], &json!(null)));
}

#[tokio::test]
async fn an_upload_goes_on_where_a_fault_stopped_it() {
    for trouble in [Trouble::Throttle, Trouble::Fail, Trouble::LoseAnswer] {
        for times in [1, 4, 40] {
            let app = TestApp::with_faults().await;
            let shop = app.merchant().await;
            let pool = TestPool::new(&shop, 0).await;
            let upload = codes("Up", 500);
            app.engine.wire.inject(Fault { operation: "TransactWriteItems", body_contains: "UP-321", trouble, times });
            let (status, _) = pool.add_once("upload-1", &upload).await;
            // One meets the SDK's own retry. Being throttled is waited for, the others are the caller's to repeat.
            let done = times == 1 || (trouble == Trouble::Throttle && times == 4);
            assert_eq!(status.is_success(), done, "{trouble:?} ×{times}: {status}");
            app.engine.wire.heal();
            let (status, answer) = pool.add_once("upload-1", &upload).await;
            assert_eq!(
                (status.as_u16(), &answer["added"], &answer["stock"]),
                (200, &json!(500), &json!(500)),
                "{answer}"
            );
            // Without the key nobody can know that it is a repeat; then all are in the pool already.
            let again = pool.add(200, &upload).await;
            assert_eq!((&again["added"], &again["in_other_pools"]), (&json!(0), &json!([])));
            assert_eq!(again["duplicates"], json!(upload));
        }
    }
}

#[tokio::test]
async fn two_uploads_of_one_list_at_once_add_each_code_once() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let (one, other) = (TestPool::new(&shop, 0).await, TestPool::new(&shop, 0).await);
    let upload = codes("Race", 300);
    let mut backwards = upload.clone();
    backwards.reverse();
    let (first, second) = tokio::join!(one.add(200, &upload), other.add(200, &backwards));
    let of = |answer: &Value, field: &str| answer[field].as_u64().expect("a number");
    assert_eq!(of(&first, "added") + of(&second, "added"), 300, "{first} {second}");
    assert_eq!(of(&first, "stock") + of(&second, "stock"), 300);
    assert_eq!(first["duplicates"], first["in_other_pools"]);
}

#[tokio::test]
async fn an_upload_stops_in_time_for_an_answer() {
    let app = TestApp::start().await;
    let shop = app.merchant().await;
    let pool = TestPool::new(&shop, 0).await;
    let upload = Upload { id: "1".into(), merchant: pool.merchant, pool: pool.id, at: pool.now(), deadline_ms: 1 };
    let list: Vec<_> = codes("Late", 60).iter().map(|code| code.parse().expect("a code")).collect();
    let late = pool.store().add_codes(&upload, &list).await.expect_err("no time is left");
    assert!(matches!(late, StoreError::Busy(_)), "{late}");
    let in_time = Upload { deadline_ms: 0, ..upload };
    assert_eq!(pool.store().add_codes(&in_time, &list).await.expect("adds").added, 60);
}
