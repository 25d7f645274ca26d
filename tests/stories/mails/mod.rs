//! Mails: what merchants set, what readers get, and what others' programs make of it.

mod faces;
mod settings;
mod texts;

pub(crate) use faces::letters;

use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::mail::MailKind;
use tests::{TestApp, TestMerchant, text};

pub(crate) const LANGUAGES: [&str; 6] = ["en", "sv", "nb", "nl", "ro", "it"];

/// A merchant with a brand, and the address of its program's mails.
pub(crate) async fn branded(app: &TestApp) -> (TestMerchant, String) {
    let merchant = app.merchant().await;
    let brand = json!({"logo_url": "https://cdn.nordicshoes.example/logo.png", "colour": "#0a5c36", "from_name": "Nordic Shoes & Co",
        "postal_address": "Storgatan 1\n111 22 Stockholm", "reply_to": "help@nordicshoes.example"});
    merchant.call(200, Method::PATCH, "/v1/merchant", json!({"brand": brand})).await;
    let program = merchant.program(|_| ()).await;
    let mails = format!("/v1/programs/{}/mails", text(&program, "id"));
    (merchant, mails)
}

/// What a kind of mail looks like in a language.
async fn preview(merchant: &TestMerchant, mails: &str, kind: MailKind, locale: &str) -> Value {
    merchant.get(&format!("{mails}/{kind}?locale={locale}")).await
}
