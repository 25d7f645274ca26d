//! Mails that arrive: what filters make of them, and what of a mail's surroundings was wrong.

use std::process::Command;

use local::{Engine, Options};
use reqwest::Method;
use serde_json::json;
use shared::domain::id::{MerchantId, OutboxId, ProgramId};
use shared::domain::mail::MailKind;
use shared::mail::mime;
use shared::store::{Message, Notice, OutboxRow, Waiting};
use tests::{ApiServer, TestApp, TestOrder, Told, parameter, text};

use crate::mails::{LANGUAGES, branded, letters};
use crate::second_opinion::{run, skipped};

/// How a mail of SES arrives, at its own date, where the sender's domain has a MAIL FROM of its own, as the guides advise.
fn arrived(mime: &str) -> String {
    let date = mime.lines().find_map(|line| line.strip_prefix("Date: ")).expect("a date");
    format!(
        "Return-Path: <0100@bounce.nordicshoes.example>\r\n\
         Received: from a8-31.smtp-out.amazonses.com (a8-31.smtp-out.amazonses.com [54.240.8.31])\r\n\
         \tby mx.example.com (Postfix) with ESMTPS id 4Kx0; {date}\r\n{mime}"
    )
}

/// SpamAssassin's points for each mail, with the rules that gave them: its own rules alone, without asking anybody.
fn points(mails: &[(String, String)]) -> Option<Vec<(String, f64, String)>> {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("spamassassin");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("preferences"), "").expect("a file");
    // Numbered, because the answers come by date.
    let mbox: Vec<_> = mails
        .iter()
        .enumerate()
        .map(|(number, (_, raw))| {
            let raw = raw.replace("\r\n", "\n");
            format!("From mail-{number}@example.com Mon Nov 30 21:00:00 2026\n{}\n\n", raw.trim_end())
        })
        .collect();
    let mut command = Command::new("spamassassin");
    command.args(["--local", "--mbox", "--cf", "use_bayes 0", "--cf", "report_safe 0"]);
    command
        .args(["--cf", "add_header all Points _SCORE_ _TESTSSCORES(,)_", "--prefs-file"])
        .arg(folder.join("preferences"));
    let judged = skipped(run(command.env("HOME", &folder), &mbox.concat()))?;
    // Long headers go on behind a tab.
    let unfolded = judged.replace("\n\t", " ");
    let (mut number, mut judged) = (0, Vec::new());
    for line in unfolded.lines() {
        if let Some((told, _)) = line.strip_prefix("From mail-").and_then(|rest| rest.split_once('@')) {
            number = told.parse::<usize>().expect("a number");
        } else if let Some(told) = line.strip_prefix("X-Spam-Points: ") {
            let (points, rules) = told.split_once(' ').unwrap_or((told, ""));
            judged.push((mails[number].0.clone(), points.parse().expect("points"), rules.to_owned()));
        }
    }
    assert_eq!(judged.len(), mails.len(), "each mail is judged");
    Some(judged)
}

#[tokio::test]
async fn repair_36_no_mail_to_a_person_has_a_point_with_spamassassin() {
    let app = TestApp::start().await;
    let (merchant, mails) = branded(&app).await;
    let address = |text: &str| text.parse().expect("an address");
    let outbox: OutboxId = "out_01HF7YAT00000000000000000A".parse().expect("an id");
    let mut raw = Vec::new();
    for (name, letter) in letters(&app, &merchant, &mails).await {
        let mime = mime(outbox, &address("hej@nordicshoes.example"), &address("anna@example.com"), &letter, app.at(0));
        let mime = String::from_utf8(mime).expect("text");
        raw.push((format!("{name} as it was written"), mime.clone()));
        raw.push((name, arrived(&mime)));
    }
    assert_eq!(raw.len(), 2 * MailKind::ALL.len() * LANGUAGES.len());
    // Its own rules can be seen to work: this is what every spam filter calls spam.
    raw.push((
        "control".into(),
        "Subject: x\r\n\r\nXJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n".into(),
    ));
    let Some(judged) = points(&raw) else { return };
    let wrong: Vec<_> = judged.into_iter().filter(|(_, points, _)| *points > 0.0).collect();
    assert!(wrong.len() == 1 && wrong[0].0 == "control" && wrong[0].1 > 100.0, "{wrong:#?}");
}

fn notices() -> Vec<Notice> {
    let at = |text: &str| text.parse().expect("a time");
    let program: ProgramId = "prg_01KF0000000000000000000000".parse().expect("an id");
    vec![
        Notice::BudgetSpent { program, program_name: "Give 10 %".into(), period: "2026-11".into() },
        Notice::BudgetSpent { program, program_name: "Give 10 %".into(), period: "total".into() },
        Notice::PoolLow { pool_name: "Summer".into(), left: 0 },
        Notice::PoolLow { pool_name: "Summer".into(), left: 12 },
        Notice::DataRequest {
            request: "prv_01KF0000000000000000000000".parse().expect("an id"),
            due_at: at("2026-12-21T10:00:00Z"),
        },
        Notice::CodeRefused { shop_domain: "nordicshoes.example".into(), detail: "is too long.".into() },
        Notice::EndpointDisabled {
            endpoint: "whe_01KF0000000000000000000000".parse().expect("an id"),
            host: "erp.nordicshoes.example".into(),
            failing_since: at("2026-11-21T10:00:00Z"),
        },
        Notice::MailPaused { complaints: true, sent: 1000, counted: 2 },
        Notice::MailPaused { complaints: false, sent: 1000, counted: 60 },
        Notice::Digest {
            waiting: Waiting { flagged: 2, stuck_rewards: 1, parked: 20, privacy_requests: 1, ..Waiting::default() },
        },
    ]
}

#[tokio::test]
async fn repair_36_a_notice_to_the_sender_itself_has_less_than_a_point() {
    let app = TestApp::start().await;
    for language in LANGUAGES {
        let body = json!({"name": "Nordic Shoes", "currency": "SEK", "time_zone": "Europe/Stockholm", "locale": language,
            "mail_from": "hej@nordicshoes.example"});
        let made = app.call(201, Method::POST, "/v1/merchants", &app.engine.operator_key(), Some(&body)).await;
        let merchant: MerchantId = text(&made, "id").parse().expect("an id");
        for notice in notices() {
            let row = OutboxRow::queued(
                OutboxId::new(app.engine.app.ulid()),
                merchant,
                Message::Notice { notice },
                app.at(0),
            );
            assert!(app.engine.app.store.add_outbox(&row).await.expect("writes"));
        }
    }
    app.drain().await;
    let mails = app.engine.inbox.mails();
    assert_eq!(mails.len(), notices().len() * LANGUAGES.len());
    let mut raw = Vec::new();
    for mail in &mails {
        let from = mail.headers["From"].as_str().unwrap_or_default();
        assert!(mail.to == "hej@nordicshoes.example" && from.contains("<hej+goodword@nordicshoes.example>"), "{from}");
        raw.push((format!("{} as it was written", mail.subject), mail.raw.clone()));
        raw.push((mail.subject.clone(), arrived(&mail.raw)));
    }
    let Some(judged) = points(&raw) else { return };
    let wrong: Vec<_> = judged.into_iter().filter(|(_, points, _)| *points >= 1.0).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn repair_36_the_token_of_a_plain_link_can_stand_at_the_end_of_a_sentence() {
    let app = TestApp::start().await;
    let merchant = app.merchant().await;
    let url = text(&merchant.anna().await, "url");
    let token = parameter(&app.click(&url).await, "ref_click").expect("a token");
    assert!(!token.ends_with('.') && !token.contains(".."), "{token}");
    merchant.shop.post("orders/paid", &TestOrder::paid("1001", app.at(0)).token(&token).0).await;
    assert_eq!(merchant.why("1001").await["outcome"], "credited");
}

#[tokio::test]
async fn repair_36_another_dynamodb_is_asked_in_its_region_and_what_it_answers_is_said() {
    let start = async |endpoint: &str, region: Option<&str>| {
        let options = Options {
            dynamodb_endpoint: Some(endpoint.into()),
            dynamodb_region: region.map(str::to_owned),
            ..Options::default()
        };
        Engine::start(options).await.map(drop).expect_err("it can't be used")
    };
    let nobody = start("http://127.0.0.1:9", None).await;
    assert!(nobody.contains("http://127.0.0.1:9, region local") && nobody.contains("refused"), "{nobody}");
    for wrong in ["127.0.0.1:8000", "https://127.0.0.1:8000", "", "localhost"] {
        assert!(start(wrong, None).await.contains("use http://host:port"), "{wrong}");
    }
    let refusal = json!({"__type": "com.amazon.coral.validate#ValidationException", "message": "not here"});
    let other = ApiServer::start(move |_| Told::status(400, refusal.to_string())).await;
    let told = start(&other.url, Some("eu-north-1")).await;
    assert!(told.contains("region eu-north-1") && told.contains("not here"), "{told}");
    let signed: Vec<_> = other.asked().iter().map(|asked| asked.header("authorization").to_owned()).collect();
    assert!(!signed.is_empty() && signed.iter().all(|signed| signed.contains("/eu-north-1/dynamodb/")), "{signed:?}");
}
