//! What the README and the guides say to type, typed.

use std::collections::BTreeSet;

use serde_json::Value;
use tests::{TestOrder, text};

use super::page::{all, apart, read};
use super::shell::{EXCUSED, Shell, excuse, runs};

/// Pages that a story plays, by the stories' own text: a page can't be listed without one.
fn played() -> BTreeSet<&'static str> {
    let stories = [include_str!("played.rs"), include_str!("shops.rs")];
    let calls = stories.iter().flat_map(|text| text.split(".play(\"").skip(1));
    calls.filter_map(|rest| rest.split_once('"')).map(|(page, _)| page).collect()
}

#[test]
fn every_block_of_every_page_is_played_or_excused_and_no_excuse_is_stale() {
    let played = played();
    for page in all() {
        for block in apart(&read(&page)).0.iter().filter(|block| runs(block) && excuse(&page, block).is_none()) {
            assert!(
                played.contains(page.as_str()),
                "{page}, line {}: no story plays this, and nothing excuses it",
                block.line
            );
        }
    }
    for (page, part, _) in EXCUSED {
        let blocks = apart(&read(page)).0;
        let excused = blocks.iter().filter(|block| runs(block) && block.text.contains(part)).count();
        assert_eq!(excused, 1, "{page}: the excuse of {part:?} must be about one block");
    }
}

/// JSON that a block printed.
fn json(printed: &str) -> Value {
    serde_json::from_str(printed).unwrap_or_else(|error| panic!("{error}: {printed}"))
}

/// Lines that a block printed, sorted.
fn lines(printed: &str) -> Vec<&str> {
    let mut lines: Vec<_> = printed.lines().collect();
    lines.sort_unstable();
    lines
}

/// Friends' rewards among lines of order, side, amount and state: order and minor units.
fn friends(printed: &str) -> Vec<(String, i64)> {
    let rewards = printed.lines().filter_map(|line| serde_json::from_str::<[String; 4]>(line).ok());
    let friends = rewards.filter(|[_, side, ..]| side == "friend");
    friends.map(|[order, _, amount, _]| (order, amount.replace('.', "").parse().expect("an amount"))).collect()
}

const NONE: [String; 0] = [];

#[tokio::test]
async fn the_readme_goes_through_the_journey_in_brief() {
    let Some(printed) = Shell::bare().await.play("README.md").await else { return };
    let last = printed.blocks.last().expect("a block");
    assert!(last.contains("Credited to ANNA10"), "{last}");
    assert!(last.ends_with("[\"1001\",\"advocate\",\"100.00\",\"approved\"]\n"), "{last}");
    assert_eq!(printed.refused, NONE);
}

#[tokio::test]
async fn the_journey_by_hand_credits_two_orders_tells_both_sides_and_takes_a_share_back() {
    let Some(printed) = Shell::bare().await.play("infra/guides/journey.md").await else { return };
    assert_eq!(printed.refused, NONE);
    let [.., click, ordered, webhook, why, mails, refund] = &printed.blocks[..] else { panic!("{printed:?}") };
    assert!(click.contains("location: https://nordicshoes.example/boots?ref=ANNA10"), "{click}");
    assert_eq!(json(ordered)["outcome"], "credited");
    assert!(webhook.starts_with("HTTP/1.1 200"), "{webhook}");
    assert!(why.contains("\"outcome\": \"credited\""), "{why}");
    assert!(why.contains("{\n  \"equal\": true\n}"), "{why}");
    assert!(why.contains("[\"1001\",\"advocate\",\"100.00\",\"approved\"]"), "{why}");
    assert!(why.contains("[\"1002\",\"advocate\",\"100.00\",\"approved\"]"), "{why}");
    assert!(why.contains("\"liability\": \"200.00\""), "{why}");
    for reader in ["anna@example.com: ", "cy@example.com: "] {
        assert!(mails.contains(reader), "{reader}{mails}");
    }
    // Anna's are flat and stay; of one friend's a share is taken back.
    for order in ["1001", "1002"] {
        assert!(refund.contains(&format!("[\"{order}\",\"advocate\",\"100.00\",\"approved\"]")), "{refund}");
    }
    let (before, after) = (friends(why), friends(refund));
    let changed: Vec<_> = before.iter().zip(&after).filter(|(before, after)| before != after).collect();
    let [((order, was), (same, left))] = changed[..] else { panic!("{before:?} {after:?}") };
    assert!(order == same && 0 < *left && left < was, "{before:?} {after:?}");
}

#[tokio::test]
async fn the_local_engines_clock_moves() {
    let shell = Shell::bare().await;
    let (app, before) = (shell.app.clone(), shell.app.at(0));
    let Some(printed) = shell.play("infra/guides/local.md").await else { return };
    assert_eq!(printed.refused, NONE);
    assert!(app.at(0).duration_since(before).as_hours() >= 14 * 24, "two weeks passed");
    assert!(
        json(printed.blocks[0].split_inclusive("}\n").last().expect("an answer"))["handled"].is_number(),
        "{printed:?}"
    );
}

#[tokio::test]
async fn the_api_refuses_what_is_out_of_range() {
    let (shell, _) = Shell::journey().await;
    let Some(printed) = shell.play("infra/guides/api.md").await else { return };
    let window = lines(&printed.blocks[0]).into_iter().map(json).find(|fault| fault["pointer"] == "/window_days");
    assert_eq!(window.map(|fault| fault["value"].clone()), Some(400.into()), "{printed:?}");
    assert!(matches!(&printed.refused[..], [one] if one.starts_with("422 ")), "{printed:?}");
}

#[tokio::test]
async fn presets_are_listed() {
    let (shell, _) = Shell::journey().await;
    let Some(printed) = shell.play("infra/guides/programs.md").await else { return };
    assert!(lines(&printed.blocks[0]).contains(&"dropbox"), "{printed:?}");
    assert_eq!(printed.refused, NONE);
}

#[tokio::test]
async fn mails_are_set_up_described_and_seen_before_they_go_out() {
    let (shell, merchant) = Shell::journey().await;
    let program = merchant.get("/v1/programs").await["data"][0]["id"].clone();
    let bought = TestOrder::paid("1001", merchant.app.at(0)).coupon("ANNA10");
    assert_eq!(merchant.shop.post("orders/paid", &bought.0).await, 200);
    let Some(printed) = shell.play("infra/guides/mails.md").await else { return };
    assert_eq!(printed.refused, NONE);
    let [invite, customer, brand, preview, own] = &printed.blocks[..] else { panic!("{printed:?}") };
    assert_eq!(json(invite)["invite"]["on"], "delivered");
    assert_eq!(json(customer)["tags"], serde_json::json!(["vip"]));
    assert_eq!(json(brand)["colour"], "#0a5c36");
    assert!(preview.contains("Nordic Shoes"), "{preview}");
    assert_eq!(json(own)["variants"][1]["name"], "short");
    let kept = merchant.get(&format!("/v1/programs/{}/mails/invite", program.as_str().expect("an id"))).await;
    assert_eq!(kept["variants"][1]["texts"]["sv"]["button"], "Tipsa en vän", "{kept}");
}

#[tokio::test]
async fn an_endpoint_is_registered_and_shows_its_secret_once() {
    let (shell, merchant) = Shell::journey().await;
    let Some(printed) = shell.play("infra/guides/webhooks.md").await else { return };
    assert_eq!(printed.refused, NONE);
    let made = json(&printed.blocks[0]);
    assert!(text(&made, "secret").starts_with("whsec_"), "{made}");
    assert_eq!(merchant.get("/v1/webhook-endpoints").await["data"][0]["id"], made["id"]);
}

#[tokio::test]
async fn numbers_come_as_a_table() {
    let (shell, merchant) = Shell::journey().await;
    let bought = TestOrder::paid("1001", merchant.app.at(0)).coupon("ANNA10");
    assert_eq!(merchant.shop.post("orders/paid", &bought.0).await, 200);
    merchant.app.drain().await;
    let Some(printed) = shell.play("infra/guides/numbers.md").await else { return };
    assert_eq!(printed.refused, NONE);
    let table: Vec<Vec<&str>> = printed.blocks[0].lines().map(|line| line.split(',').collect()).collect();
    assert!(table.len() > 1 && table.iter().all(|row| row.len() == table[0].len()), "{printed:?}");
}

#[tokio::test]
async fn a_long_file_of_customers_goes_in_parts() {
    let (shell, merchant) = Shell::journey().await;
    let file = "{ echo email,orders,tags; seq 1 1001 | sed 's/.*/customer&@example.com,&,vip/'; } > customers.csv";
    let Some(printed) = shell.before("tail -n +2", file).play("infra/guides/lists.md").await else { return };
    assert_eq!(printed.refused, NONE);
    assert_eq!(printed.blocks[0].matches("\"imported\":500").count(), 2, "{printed:?}");
    assert_eq!(printed.blocks[0].matches("\"imported\":1").count(), 1, "{printed:?}");
    drop(merchant);
}

#[tokio::test]
async fn what_is_to_be_paid_is_listed_and_marked_as_paid() {
    let (shell, merchant) = Shell::journey().await;
    let bought = TestOrder::paid("1001", merchant.app.at(0)).coupon("ANNA10");
    assert_eq!(merchant.shop.post("orders/paid", &bought.0).await, 200);
    let reward = text(&merchant.get("/v1/rewards?to_pay=true").await["data"][0], "id");
    let Some(printed) = shell.before("/fulfil", &format!("REWARD={reward}")).play("infra/guides/paying.md").await
    else {
        return;
    };
    assert_eq!(printed.refused, NONE);
    let [listed, paid] = &printed.blocks[..] else { panic!("{printed:?}") };
    assert!(listed.contains("anna@example.com"), "{listed}");
    assert_eq!((json(paid)["id"].as_str(), json(paid)["state"].as_str()), (Some(reward.as_str()), Some("issued")));
    assert_eq!(merchant.get("/v1/rewards?to_pay=true").await["data"], serde_json::json!([]));
}

#[tokio::test]
async fn a_customer_sees_what_is_kept_and_is_forgotten() {
    let (shell, merchant) = Shell::journey().await;
    let bought = TestOrder::paid("1001", merchant.app.at(0)).coupon("ANNA10");
    assert_eq!(merchant.shop.post("orders/paid", &bought.0).await, 200);
    let asked = serde_json::json!({"shop_domain": "nordicshoes.myshopify.com", "orders_requested": [1001],
        "customer": {"id": 7001, "email": "bo@example.com", "phone": null}, "data_request": {"id": 9999}});
    assert_eq!(merchant.shop.post("customers/data_request", &asked).await, 200);
    let Some(printed) = shell.play("infra/guides/privacy.md").await else { return };
    assert_eq!(printed.refused, NONE);
    let [asked, seen, forgotten] = &printed.blocks[..] else { panic!("{printed:?}") };
    for shown in [asked, seen] {
        assert!(shown.contains("bo@example.com") && shown.contains("1001"), "{shown}");
    }
    assert_eq!(json(forgotten)["kind"], "erase", "{forgotten}");
    let done = merchant.get("/v1/privacy/requests").await;
    assert!(done["data"].as_array().expect("a list").iter().all(|request| request["done_at"].is_string()), "{done}");
}
