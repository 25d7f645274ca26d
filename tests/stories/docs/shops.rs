//! Shops are connected as their guides say, up to the first order that is credited.

use std::collections::BTreeMap;

use tests::{ApiServer, ShopifyApi, Told, WooApi};

use super::shell::Shell;
use crate::bigcommerce;

/// What the reader does meanwhile, by the journey: a program of this shop, and Anna's link ANNA10.
const ANNA: &str = r#"
ANNAS=$(curl -s $URL/v1/programs -H "Authorization: Bearer $KEY" -d '{"name": "Get 100 kr", "shop": "'$SHOP'",
  "destination": "https://nordicshoes.example/", "window_days": 30, "hold_days": 0, "rewards": {"friend": [],
  "advocate": [{"kind": "fixed", "value": {"amount": "100.00", "currency": "SEK"}, "fulfilment": "manual"}]}}' | jq -r .id)
curl -s $URL/v1/links -H "Authorization: Bearer $KEY" -d '{"program": "'$ANNAS'", "code": "anna10",
  "advocate": {"email": "anna@example.com", "name": "Anna", "locale": "sv"}}' > /dev/null
"#;

const NONE: [String; 0] = [];

#[tokio::test]
async fn a_custom_shop_tells_its_past_and_its_orders_from_a_shell_from_python_and_from_node() {
    let (shell, merchant) = Shell::merchant().await;
    let Some(printed) = shell.before("cat > event.json", ANNA).play("infra/guides/custom.md").await else { return };
    assert_eq!(printed.refused, NONE);
    let [_, _, past, shell, python, node, why] = &printed.blocks[..] else { panic!("{printed:?}") };
    assert!(past.contains("\"imported\": 2"), "{past}");
    assert!(shell.starts_with("HTTP/1.1 200"), "{shell}");
    assert_eq!([python.as_str(), node.as_str()], ["200\n", "200\n"]);
    assert!(why.contains("Credited to ANNA10"), "{why}");
    assert_eq!(merchant.rewards().await, [tests::reward("advocate", "100.00", "approved")]);
}

#[tokio::test]
async fn a_shopify_shop_is_connected_and_its_order_credited() {
    let (shell, merchant) = Shell::merchant().await;
    let api = ShopifyApi::start().await;
    let shell = shell.with("PLATFORM", &api.server.url);
    let secrets = [
        ("SECRET", "the-secret-that-signs"),
        ("CLIENT_ID", "an-id"),
        ("CLIENT_SECRET", "a-secret"),
        ("ACCESS_TOKEN", "shpat_1"),
    ];
    let shell = secrets.iter().fold(shell, |shell, (name, value)| shell.with(name, value));
    let Some(printed) = shell.before("> order.json", ANNA).play("infra/guides/shopify.md").await else { return };
    assert_eq!(printed.refused, NONE);
    let [address, signs, exchanged, permanent, tax, tried] = &printed.blocks[..] else { panic!("{printed:?}") };
    assert!(exchanged.contains("\"orders\":") && permanent.contains("\"codes\": \"ok\""), "{exchanged}{permanent}");
    assert!(address.contains("/webhooks/shopify/shp_"), "{address}");
    assert_eq!((signs.as_str(), tax.as_str()), ("true\n", "\"25\"\n"));
    assert!(tried.starts_with("HTTP/1.1 200") && tried.contains("Credited to ANNA10"), "{tried}");
    assert_eq!(merchant.rewards().await, [tests::reward("advocate", "100.00", "approved")]);
}

#[tokio::test]
async fn a_woocommerce_shop_is_connected_its_order_credited_and_its_past_read() {
    let (shell, merchant) = Shell::merchant().await;
    let api = WooApi::start().await;
    let shell = shell.with("PLATFORM", &api.server.url);
    let shell = shell.with("CONSUMER_KEY", "ck_1").with("CONSUMER_SECRET", "cs_1");
    let Some(printed) = shell.before("> order.json", ANNA).play("infra/guides/woocommerce.md").await else { return };
    assert_eq!(printed.refused, NONE);
    let [_, _, connected, tried, past] = &printed.blocks[..] else { panic!("{printed:?}") };
    assert!(connected.contains("\"codes\": \"ok\""), "{connected}");
    assert!(tried.starts_with("200\n200\nCredited to ANNA10"), "{tried}");
    assert!(past.contains("\"state\": \"running\""), "{past}");
    assert_eq!(merchant.rewards().await, [tests::reward("advocate", "100.00", "approved")]);
}

#[tokio::test]
async fn a_bigcommerce_store_is_connected_and_its_order_credited() {
    let (shell, merchant) = Shell::merchant().await;
    let orders = BTreeMap::from([(1001, bigcommerce::order(1001, shell.app.at(0)))]);
    let server = ApiServer::start(move |asked| match asked.method.as_str() {
        "POST" => Told::json(&serde_json::json!({"data": {"id": 1}})),
        _ => bigcommerce::answer(&orders, asked),
    });
    let server = server.await;
    let store = format!("{}/stores/abcde", server.url);
    let shell = shell.with("HASH", "abcde").with("ACCESS_TOKEN", "token-1").with("CLIENT_SECRET", "the-client-secret");
    // What the store tells of the order, as it tells of the one that is no order.
    let told = r#"
BODY=${BODY/'"id":1}'/'"id":1001}'}
SIGNATURE=$(printf '%s' "msg_2.$NOW.$BODY" | openssl dgst -sha256 -hmac "$CLIENT_SECRET" -binary | base64)
curl -s "$WEBHOOK_URL" -H 'webhook-id: msg_2' -H "webhook-timestamp: $NOW" -H "webhook-signature: v1,$SIGNATURE" \
  -H 'content-type: application/json' --data-binary "$BODY"
"#;
    let shell = shell.with("STORE", &store).with("PLATFORM", &store).before("BODY=", ANNA).before("1001/why", told);
    let Some(printed) = shell.play("infra/guides/bigcommerce.md").await else { return };
    assert_eq!(printed.refused, NONE);
    let [_, hooks, _, test, why] = &printed.blocks[..] else { panic!("{printed:?}") };
    assert_eq!(hooks.lines().count(), 10, "{hooks}");
    assert!(test.starts_with("HTTP/1.1 200"), "{test}");
    assert!(why.contains("Credited to ANNA10"), "{why}");
    assert_eq!(merchant.rewards().await, [tests::reward("advocate", "100.00", "approved")]);
}
