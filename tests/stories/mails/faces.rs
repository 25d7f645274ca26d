//! What programs that nobody here wrote make of the mails: Python's `email` reads the MIME, Chromium draws the HTML, Node's
//! ICU writes the figures. Where a tool is missing the test says so and is skipped; in CI it fails.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::mail::MailKind;
use shared::domain::money::Money;
use shared::domain::person::Locale;
use shared::mail::samples::Sample;
use shared::mail::{Figures, Language, Letter, mime};
use tests::{BROWSER, TestApp, TestMerchant, TestOrder, text};

use super::{LANGUAGES, branded, preview};
use crate::second_opinion::{installed, outcomes, run, script};

/// Drives the Chromium that the machine has; brings none of its own.
const DRIVER: &str = "playwright-core@1.55.0";

/// Every kind in every language, as letters.
pub(crate) async fn letters(app: &TestApp, merchant: &TestMerchant, mails: &str) -> Vec<(String, Letter)> {
    let store = &app.engine.app.store;
    let id = text(&merchant.get("/v1/merchant").await, "id").parse().expect("an id");
    let stored = store.merchant(id).await.expect("reads").expect("a merchant");
    let program = mails.split('/').nth(3).expect("an id").parse().expect("an id");
    let program = store.program(id, program).await.expect("reads").expect("a program");
    let sample = Sample::of(&program, stored.currency, &app.engine.url, app.engine.app.now()).expect("a sample");
    let mut letters = Vec::new();
    for kind in MailKind::ALL {
        for language in LANGUAGES {
            let reader: Locale = language.parse().expect("a locale");
            let letter = Letter::write(&sample.draft(kind, &stored, &program, Some(&reader), None)).expect("a letter");
            letters.push((format!("{kind}-{language}"), letter));
        }
    }
    letters
}

#[tokio::test]
async fn pythons_email_reads_every_mail_as_it_was_meant() {
    let app = TestApp::start().await;
    let (merchant, mails) = branded(&app).await;
    let letters = letters(&app, &merchant, &mails).await;
    let email = |text: &str| text.parse().expect("an address");
    let outbox = "out_01HF7YAT00000000000000000A".parse().expect("an id");
    let raw = |letter: &Letter| {
        mime(outbox, &email("hej@nordicshoes.example"), &email("anna@example.com"), letter, app.at(0))
    };
    let tasks: Vec<_> = letters.iter().map(|(_, letter)| STANDARD.encode(raw(letter))).collect();
    let mut python = Command::new("python3");
    python.arg(script("mime.py"));
    let Some(read) = outcomes(Ok(python), &json!(tasks)) else { return };
    for ((name, letter), read) in letters.iter().zip(read.as_array().expect("a list")) {
        assert_eq!(read["defects"], json!([]), "{name}: {read}");
        assert_eq!(
            (&read["subject"], &read["from_name"]),
            (&json!(letter.subject), &json!("Nordic Shoes & Co")),
            "{name}"
        );
        assert_eq!(
            (&read["from"], &read["to"]),
            (&json!("hej@nordicshoes.example"), &json!(["anna@example.com"])),
            "{name}"
        );
        assert_eq!(read["reply_to"], json!(["help@nordicshoes.example"]), "{name}");
        assert_eq!(read["parts"], json!(["text/plain", "text/html"]), "{name}");
        assert_eq!(text(read, "text").replace("\r\n", "\n").trim_end(), letter.text.trim_end(), "{name}");
        assert_eq!(text(read, "html").replace("\r\n", "\n").trim_end(), letter.html.trim_end(), "{name}");
        assert_eq!(
            read["unsubscribe"],
            json!([format!("<{}>", letter.unsubscribe.as_deref().expect("a link")), "List-Unsubscribe=One-Click"]),
            "{name}"
        );
        assert!(read["longest_line"].as_u64().is_some_and(|length| length <= 998), "{name}: {read}");
    }
    let parsed: Vec<_> = letters.iter().map(|(_, letter)| letter.subject.clone()).collect();
    assert_eq!(parsed.iter().collect::<BTreeSet<_>>().len(), parsed.len(), "each kind has its own subject");
}

/// The folder with the driver of the browser, or why there is none.
fn driver() -> Result<PathBuf, String> {
    static FOLDER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let install = |folder: &Path| {
        run(Command::new("node").arg("--version"), "")?;
        let npm = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--save-exact", DRIVER, "--prefix"];
        run(Command::new("npm").args(npm).arg(folder).current_dir(folder), "").map(drop)
    };
    FOLDER.get_or_init(|| installed(DRIVER, install)).clone()
}

#[tokio::test]
async fn chromium_draws_every_mail_narrow_and_wide_light_and_dark() {
    let app = TestApp::start().await;
    let (merchant, mails) = branded(&app).await;
    let letters = letters(&app, &merchant, &mails).await;
    let mut pages: Vec<_> = letters.iter().map(|(name, letter)| json!({"name": name, "html": letter.html})).collect();
    // Names without a place to break, and the colour that is hardest on a button.
    let hard = json!({"name": "W".repeat(100), "brand": {"logo_url": null, "from_name": "W".repeat(64), "colour": "#777777",
        "postal_address": "W".repeat(200)}});
    merchant.call(200, Method::PATCH, "/v1/merchant", hard).await;
    let program = merchant.program(|body| {
        body["rewards"]["friend"] = json!([{"kind": "free_product", "sku": "W".repeat(36), "fulfilment": "manual"}]);
    });
    let hard_mails = format!("/v1/programs/{}/mails", text(&program.await, "id"));
    for kind in MailKind::ALL {
        let shown = preview(&merchant, &hard_mails, kind, "it").await;
        pages.push(json!({"name": format!("hard-{kind}"), "html": shown["html"]}));
    }
    let pictures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/mails");
    let command = driver().map(|folder| {
        let mut node = Command::new("node");
        node.arg(script("mails.mjs")).current_dir(folder);
        node
    });
    let expected = pages.len() * 4;
    let Some(seen) = outcomes(command, &json!({"pages": pages, "pictures": pictures})) else { return };
    assert_eq!(seen["faults"], json!([]), "{:#}", seen["faults"]);
    assert_eq!(seen["drawn"], json!(expected));
    assert!(seen["texts"].as_u64().is_some_and(|texts| texts > 1000), "texts were looked at: {}", seen["texts"]);
}

#[tokio::test]
async fn every_link_of_every_mail_leads_somewhere() {
    let app = TestApp::start().await;
    let (merchant, mails) = branded(&app).await;
    let program = json!({"id": mails.split('/').nth(3).expect("an id")});
    // The samples' code is somebody's here.
    merchant.link(&program, "anna@example.com", Some("sample")).await;
    let mut links = BTreeSet::new();
    for (_, letter) in letters(&app, &merchant, &mails).await {
        links.extend(hrefs(&letter.html));
    }
    assert!(links.iter().any(|link| link.ends_with("/s/sample?v=invite.a")), "{links:?}");
    assert!(links.iter().any(|link| link.ends_with("/r/SAMPLE/email?v=welcome.a")), "{links:?}");
    merchant.shop.post("orders/paid", &TestOrder::paid("1001", app.at(0)).coupon("SAMPLE").0).await;
    app.drain().await;
    let sent = app.engine.inbox.mails();
    assert_eq!(sent.len(), 2);
    links.extend(sent.iter().flat_map(|mail| hrefs(&mail.html)));
    // Samples' tokens open nothing.
    let is_sample = |link: &str| link.ends_with("/u/sample") || link.contains("/s/sample?");
    let ours: Vec<_> = links.iter().filter(|link| link.starts_with(&app.engine.url) && !is_sample(link)).collect();
    assert!(ours.len() >= 3 && ours.iter().any(|link| link.contains("/s/")), "{ours:?}");
    for link in ours {
        let answer = app.client.get(link).header("user-agent", BROWSER).send().await.expect("an answer");
        assert!(answer.status().as_u16() < 400, "{link}: {}", answer.status());
    }
}

fn hrefs(html: &str) -> Vec<String> {
    html.split("href=\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.replace("&amp;", "&"))).collect()
}

#[tokio::test]
async fn figures_are_as_another_icu_writes_them() {
    let amounts = ["0.50", "1.00", "100.00", "999.90", "1000.00", "1234.50", "16000.00", "1234567.00"];
    let currencies = ["SEK", "NOK", "DKK", "EUR", "RON", "USD", "GBP", "CHF", "PLN", "CZK", "AUD", "CAD"];
    let days = ["2026-01-01", "2026-05-08", "2026-11-22", "2027-12-31"];
    let (mut tasks, mut ours) = (Vec::new(), Vec::new());
    for tag in ["en", "en-GB", "sv", "sv-FI", "nb", "nl", "nl-BE", "ro", "it", "it-CH"] {
        let figures = Figures::new(Language::of_tag(tag).expect("a language"), tag, "UTC");
        // Swiss francs and apostrophes are not worth a table: numbers go by the language alone.
        for currency in currencies.into_iter().filter(|_| tag != "it-CH") {
            for amount in amounts {
                let money = Money::parse(amount, currency.parse().expect("a currency")).expect("money");
                tasks.push(json!({"locale": tag, "currency": currency, "amount": amount}));
                ours.push(figures.money(money));
            }
        }
        for percent in ["5", "12.5", "100", "0.0625"].into_iter().filter(|_| tag != "it-CH") {
            tasks.push(json!({"locale": tag, "percent": percent}));
            ours.push(figures.percent(percent.parse().expect("a percentage")));
        }
        for day in days {
            tasks.push(json!({"locale": tag, "day": day}));
            ours.push(figures.civil(day.parse().expect("a day")));
        }
    }
    let mut node = Command::new("node");
    node.arg(script("figures.mjs"));
    let Some(theirs) = outcomes(Ok(node), &json!(tasks)) else { return };
    let theirs: Vec<Value> = serde_json::from_value(theirs).expect("a list");
    let mut other = Vec::new();
    for ((task, ours), theirs) in tasks.iter().zip(&ours).zip(&theirs) {
        if theirs != ours {
            other.push(format!("{task}: {ours:?} here, {theirs} there"));
        }
    }
    assert!(other.is_empty(), "{} of {}:\n{}", other.len(), tasks.len(), other.join("\n"));
}
