//! The binary of orders under AWS's emulator of the runtime: what it answers there is what the local runner answers.

use std::path::PathBuf;

use local::Options;
use serde_json::{Value, json};
use shared::app::random;
use shared::crypto::hex;
use tests::lambda::{Emulator, Sandbox};
use tests::{TestApp, TestMerchant, TestOrder, base64, sign, text};

const BINARY: &str = env!("CARGO_BIN_EXE_orders");

const WEBHOOK: &str = include_str!("../../events/webhook.json");
const CREATE: &str = include_str!("../../events/create.json");

/// A folder for an engine whose keys the binary needs too; gone with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("orders-{}", hex(&random::<8>()))))
    }

    fn state(&self) -> Value {
        serde_json::from_str(&std::fs::read_to_string(self.0.join("state.json")).expect("a state")).expect("JSON")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A webhook of this merchant's shop as API Gateway hands it on.
fn webhook(merchant: &TestMerchant, body: &str, secret: &str) -> Value {
    let mut event: Value = serde_json::from_str(WEBHOOK).expect("JSON");
    event["pathParameters"]["shop"] = json!(merchant.shop.id);
    event["headers"]["x-shopify-hmac-sha256"] = json!(sign(secret, body.as_bytes()));
    event["body"] = json!(body);
    event
}

/// An engine, and the variables by which the binary finds its tables and shares its keys.
struct Stage {
    app: TestApp,
    merchant: TestMerchant,
    variables: Vec<(&'static str, String)>,
    _folder: Folder,
}

impl Stage {
    async fn new() -> Self {
        let folder = Folder::new();
        let app = TestApp::with(Options { data: Some(folder.0.clone()), ..Options::default() }).await;
        let merchant = app.merchant().await;
        let (config, state) = (&app.engine.app.config, folder.state());
        let variables = vec![
            ("CORE_TABLE", config.core_table.clone()),
            ("PUBLIC_URL", config.public_url.clone()),
            ("GOODWORD_KEYS", state["keys"].to_string()),
            ("GOODWORD_PEPPER", text(&state, "pepper")),
            ("AWS_ENDPOINT_URL_DYNAMODB", app.engine.endpoint.clone()),
        ];
        Self { app, merchant, variables, _folder: folder }
    }

    fn variables(&self) -> Vec<(&str, &str)> {
        self.variables.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    fn order(&self) -> String {
        TestOrder::paid("1001", self.app.at(0)).0.to_string()
    }
}

#[tokio::test]
async fn repair_34_orders_answers_under_awss_emulator_as_by_the_runner() {
    let stage = Stage::new().await;
    let Some(emulator) = Emulator::of(BINARY, &stage.variables()).await else { return };
    let (merchant, order) = (&stage.merchant, stage.order());
    let genuine = webhook(merchant, &order, &merchant.shop.secret);
    let mut encoded = genuine.clone();
    encoded["body"] = json!(base64(order.as_bytes()));
    encoded["isBase64Encoded"] = json!(true);
    let mut unread = genuine.clone();
    unread["headers"]["a name"] = json!("no header has such a name");
    unread["headers"]["x-none"] = Value::Null;
    let sample = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    let cases = [
        ("a shop that nobody has", sample(WEBHOOK), 404),
        ("a key that nobody has", sample(CREATE), 401),
        ("a genuine order", genuine, 200),
        ("the same as base64", encoded, 200),
        ("with headers that can't be read", unread, 200),
        ("signed by another", webhook(merchant, &order, "another secret of them"), 401),
        ("no order", webhook(merchant, "{\"id\": 5}", &merchant.shop.secret), 400),
        ("no event of an HTTP API", json!({"Records": []}), 400),
    ];
    for (name, event, status) in cases {
        let answered = emulator.invoke(&event).await;
        let expected = stage.app.engine.answer("orders", &event).await.expect(name);
        assert_eq!(answered, serde_json::to_value(expected).expect("JSON"), "{name}");
        assert_eq!(answered["statusCode"], status, "{name}: {answered}");
    }
    assert_eq!(merchant.why("1001").await["order"], "1001");
    assert_eq!(emulator.starts(), 1, "nothing of it ended the function");
}

#[tokio::test]
async fn repair_25_webhooks_that_are_refused_are_counted_and_nothing_else() {
    let stage = Stage::new().await;
    let sandbox = Sandbox::of(BINARY, &stage.variables()).await;
    let (merchant, order) = (&stage.merchant, stage.order());
    let sample = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    for (event, counted) in [
        (webhook(merchant, &order, &merchant.shop.secret), 0),
        (sample(CREATE), 0),
        (webhook(merchant, &order, "another secret of them"), 1),
        (webhook(merchant, "{\"id\": 5}", &merchant.shop.secret), 2),
        (sample(WEBHOOK), 3),
        (webhook(merchant, &order, &merchant.shop.secret), 3),
    ] {
        let answered = sandbox.invoke(&event).await;
        assert_eq!(sandbox.counted("WebhookRefused"), counted, "{answered:?}");
    }
}
