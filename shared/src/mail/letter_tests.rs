//! Every kind of mail in every language, from every side; and what must hold of all of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::domain::amount::{Amount, Unit};
use crate::domain::code::Code;
use crate::domain::coupon::CouponCode;
use crate::domain::mail::VoidReason;
use crate::domain::money::Currency;
use crate::domain::person::PersonName;
use crate::domain::program::{Fulfilment, Kind, Program, Side};
use crate::domain::variant::Texts;
use crate::mail::draft::{Gift, Occasion};
use crate::mail::sharing::Sharing;
use crate::owed::ToPay;
use crate::presets::PRESETS;
use crate::store::Waiting;

fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

pub(in crate::mail) fn merchant(name: &str, locale: &str, brand: &Value) -> Merchant {
    serde_json::from_value(json!({
        "id": "mer_01KF0000000000000000000000", "name": name, "currency": "SEK", "time_zone": "Europe/Stockholm",
        "locale": locale, "mail_from": "hej@nordicshoes.example", "brand": brand, "created_at": "2026-11-21T10:00:00Z",
    }))
    .expect("a merchant")
}

/// A program with these rules.
pub(in crate::mail) fn program(rules: &Value) -> Program {
    let mut program = json!({
        "id": "prg_01KF0000000000000000000000", "version": 1, "version_at": "2026-11-21T10:00:00Z",
        "merchant": "mer_01KF0000000000000000000000", "shop": "shp_01KF0000000000000000000000", "name": "Give 10 %",
        "destination": "https://nordicshoes.example/", "window_days": 30, "hold_days": 14, "state": "active",
        "qualify": {}, "created_at": "2026-11-21T10:00:00Z", "time_zone": "Europe/Stockholm",
    });
    for (name, value) in rules.as_object().expect("an object") {
        program[name] = value.clone();
    }
    serde_json::from_value(program).expect("a program")
}

/// The program of the journey.
fn give_ten() -> Program {
    program(&json!({
        "qualify": {"new_customers_only": true, "minimum_order": {"amount": "300.00", "currency": "SEK"}},
        "rewards": {
            "friend": [{"kind": "percent", "percent": "10", "fulfilment": "code_at_checkout"}],
            "advocate": [{"kind": "fixed", "value": {"amount": "100.00", "currency": "SEK"}, "fulfilment": "manual"}]},
    }))
}

fn sek(minor: i64) -> Amount {
    Amount::new(minor, "SEK".parse::<Currency>().expect("a currency"))
}

/// An advocate's page; only a friend's mail has the link itself.
const LINK: &str = "https://go.example/s/1.A.B.c";

/// A mail on this occasion, to somebody of this name, in this language.
fn write(occasion: Occasion<'_>, merchant: &Merchant, name: Option<&str>, reader: &str) -> Letter {
    let (reader, name) = (reader.parse().ok(), name.and_then(PersonName::parse));
    let draft = Draft {
        merchant,
        reader: reader.as_ref(),
        program: None,
        name: name.as_ref(),
        site: "https://nordicshoes.example",
        unsubscribe: Some("https://go.example/u/1.A.b.c".to_owned()),
        variant: None,
        occasion,
    };
    Letter::write(&draft).expect("a letter")
}

pub(in crate::mail) fn letter(
    side: Side,
    fulfilment: Fulfilment,
    merchant_name: &str,
    name: Option<&str>,
    ours: bool,
) -> Letter {
    let code: Code = "ANNA10".parse().expect("a code");
    let merchant = merchant(merchant_name, "en", &json!({}));
    let (value, name) = (sek(10_000), name.and_then(PersonName::parse));
    let draft = Draft {
        merchant: &merchant,
        reader: None,
        program: None,
        name: name.as_ref(),
        site: "https://nordicshoes.example",
        unsubscribe: ours.then(|| "https://go.example/u/1.A.b.c".to_owned()),
        variant: None,
        occasion: Occasion::RewardReady {
            gift: Gift { side, kind: Kind::Fixed, fulfilment, value: &value },
            coupon: None,
            code: &code,
            link: (ours && side == Side::Advocate).then(|| LINK.to_owned()),
        },
    };
    Letter::write(&draft).expect("a letter")
}

/// Programs that between them have every sentence about an offer.
fn programs() -> Vec<Program> {
    let presets = PRESETS.iter().map(|preset| {
        let rules: Value = serde_json::from_str(preset.program).expect(preset.name);
        program(&json!({"qualify": rules["qualify"], "rewards": rules["rewards"]}))
    });
    let usd = |amount: &str| json!({"amount": amount, "currency": "USD"});
    let rich = |first: bool| {
        program(&json!({
            "ends_at": "2026-12-31T23:00:00Z",
            "qualify": {"new_customers_only": first, "countries": ["SE"], "include": {"collections": ["shoes"]}},
            "rewards": {
                "friend": [
                    {"kind": "free_shipping", "fulfilment": "code_at_checkout", "expires_days": 30,
                     "when": {"minimum_order": usd("40.00")}},
                    {"kind": "percent", "percent": "5", "floor": usd("2.00"), "ceiling": usd("9.50"), "fulfilment": "manual",
                     "by_order_value": [{"from": usd("100.00"), "percent": "8"}]}],
                "advocate": [
                    {"kind": "cash", "percent": "11", "floor": usd("2.00"), "fulfilment": "manual", "when": {"months": 12},
                     "by_count": [{"from": 3, "value": usd("20.00")}], "every": 3,
                     "by_loyalty_tier": [{"tier": "gold", "value": usd("30.00")}],
                     "seasons": [
                        {"starts_at": "2026-12-01T00:00:00", "ends_at": "2026-12-25T00:00:00", "value": usd("50.00")},
                        {"starts_at": "2026-11-27T00:00:00", "ends_at": "2026-11-28T00:00:00", "value": usd("60.00")}],
                     "cap": {"day": {"count": 1, "value": usd("50.00")}, "month": {"count": 2, "value": usd("90.00")},
                        "lifetime": {"count": 20, "value": usd("900.00")}}},
                    {"kind": "gift_card", "percent": "85", "fulfilment": "manual", "when": {"minimum_order": usd("40.00")}},
                    {"kind": "points", "value": {"amount": "1", "unit": "points"}, "fulfilment": "manual"}]},
        }))
    };
    let one_sided = |side: &str| {
        program(&json!({"rewards": {side: [{"kind": "store_credit", "percent": "5", "fulfilment": "manual"}]}}))
    };
    presets
        .chain([give_ten(), rich(true), rich(false), one_sided("friend"), one_sided("advocate")])
        .chain([program(&json!({"rewards": {}}))])
        .collect()
}

/// Every occasion that a mail to a person can have, once for each way to say it.
fn occasions(programs: &[Program], act: &mut dyn FnMut(Occasion<'_>)) {
    let code: Code = "ANNA10".parse().expect("a code");
    let coupon: CouponCode = "GIFT-1".parse().expect("a coupon");
    let advocate = PersonName::parse("Anna Öberg");
    let link = || Some(LINK.to_owned());
    for program in programs {
        act(Occasion::Invite { link: link(), code: &code, program });
        act(Occasion::Reminder { link: link(), code: &code, program });
        for advocate in [advocate.as_ref(), None] {
            act(Occasion::Welcome { advocate, code: &code, link: link(), program });
        }
    }
    let pool = serde_json::from_value(json!({"by": "coupon_pool", "pool": "pol_01KF0000000000000000000000"}));
    let pool: Fulfilment = pool.expect("a fulfilment");
    let product = Amount::new(2, crate::domain::program::product_unit("CASE-1").expect("a unit"));
    let unit = |unit: &str, count| Amount::new(count, unit.parse::<crate::domain::amount::Unit>().expect("a unit"));
    let (points, custom, shipping) = (unit("points", 20), unit("MB", 500), unit("free_shipping", 1));
    let money = sek(10_000);
    for side in Side::BOTH {
        for kind in Kind::ALL {
            for fulfilment in [Fulfilment::CodeAtCheckout, Fulfilment::Manual, pool] {
                let value = match kind {
                    Kind::FreeProduct => &product,
                    Kind::FreeShipping => &shipping,
                    Kind::Points => &points,
                    Kind::Custom => &custom,
                    Kind::Percent | Kind::Fixed | Kind::StoreCredit | Kind::GiftCard | Kind::Cash => &money,
                };
                let gift = Gift { side, kind, fulfilment, value };
                let given = (fulfilment == pool && side == Side::Advocate).then_some(&coupon);
                let link = || (side == Side::Advocate).then(|| LINK.to_owned());
                act(Occasion::RewardReady { gift, coupon: given, code: &code, link: link() });
                act(Occasion::RewardExpiring { gift, coupon: given, expires_at: at("2026-11-30T23:00:00Z") });
                for until in [Some(at("2026-12-08T10:00:00Z")), None] {
                    act(Occasion::FriendOrdered { gift, until, link: link() });
                }
                for until in [Some(at("2026-12-08T10:00:00Z")), None] {
                    act(Occasion::RewardBack { gift, coupon: given, until, link: link() });
                }
                for reason in VoidReason::ALL {
                    act(Occasion::RewardVoid { gift, reason, link: link() });
                }
            }
        }
    }
}

pub(in crate::mail) fn notices() -> Vec<Notice> {
    let program = "prg_01KF0000000000000000000000".parse().expect("an id");
    let spent = |period: &str| Notice::BudgetSpent { program, program_name: "Give 10 %".into(), period: period.into() };
    let low = |left| Notice::PoolLow { pool_name: "Summer\r\nBcc: x@y.example".into(), left };
    let paused = |complaints| Notice::MailPaused { complaints, sent: 1000, counted: 2 };
    vec![
        spent("2026-11"),
        spent("total"),
        low(0),
        low(1),
        low(12),
        low(20),
        Notice::DataRequest {
            request: "prv_01KF0000000000000000000000".parse().expect("an id"),
            due_at: at("2026-12-21T10:00:00Z"),
        },
        Notice::CodeRefused { shop_domain: "a.example".into(), detail: "is too long.".into() },
        Notice::EndpointDisabled {
            endpoint: "whe_01KF0000000000000000000000".parse().expect("an id"),
            host: "a.example".into(),
            failing_since: at("2026-11-21T10:00:00Z"),
        },
        paused(true),
        paused(false),
        Notice::Digest {
            waiting: Waiting {
                flagged: 2,
                stuck_rewards: 1,
                to_pay: 4,
                longest: Vec::new(),
                parked: 20,
                privacy_requests: 1,
            },
        },
    ]
}

/// What a digest tells of one by one.
fn unpaid() -> Unpaid {
    let to_pay = |name: Option<&str>, side| ToPay {
        name: name.and_then(PersonName::parse),
        code: "ANNA10".parse().expect("a code"),
        side,
        kind: Kind::Fixed,
        value: Amount::new(10_000, Unit::from("SEK".parse::<Currency>().expect("a currency"))),
        since: at("2026-11-21T10:00:00Z"),
    };
    let rewards = vec![to_pay(Some("Anna"), Side::Advocate), to_pay(None, Side::Advocate), to_pay(None, Side::Friend)];
    Unpaid { rewards, more: 1, call: "GET https://go.example/v1/rewards?to_pay=true".into() }
}

#[test]
fn a_digest_says_what_is_to_be_handed_over_to_whom_and_where_all_of_it_is() {
    let waiting = Waiting { to_pay: 4, ..Waiting::default() };
    let letter = Letter::notice(&Notice::Digest { waiting }, &merchant("Nordic Shoes", "en", &json!({})), &unpaid());
    let letter = letter.expect("a letter");
    let expected = "Hello,\n\nSome things wait for you\n\n4 rewards wait for you to hand them over.\n\n\
        All of them, with your API key: GET https://go.example/v1/rewards?to_pay=true. \
        How to hand them over: infra/guides/paying.md\n\n\
        * Anna: SEK\u{a0}100, since November 21, 2026\n* ANNA10: SEK\u{a0}100, since November 21, 2026\n\
        * A friend of ANNA10: SEK\u{a0}100, since November 21, 2026\n* And 1 more\n\n-- \n\
        You get this mail because notices for Nordic Shoes come to this address.";
    assert_eq!(letter.text, expected);
    assert!(!letter.html.contains("<a "), "it asks for no click");
}

/// Every sentence of a language, by mails as they are sent.
pub(in crate::mail) fn say_everything(language: Language) {
    let merchant = merchant("Nordic Shoes", language.tag(), &json!({}));
    occasions(&programs(), &mut |occasion| {
        for name in [Some("Anna"), None] {
            let letter = write(occasion.clone(), &merchant, name, language.tag());
            assert_eq!(letter.locale, language.tag());
        }
    });
    for notice in notices() {
        assert_eq!(Letter::notice(&notice, &merchant, &unpaid()).expect("a letter").locale, language.tag());
    }
    let (code, reader) = ("ANNA10".parse().expect("a code"), language.tag().parse().ok());
    for program in programs() {
        let page = Sharing::write(&merchant, &program, reader.as_ref(), &code, "https://go.example/r/ANNA10", None);
        assert_eq!(page.locale, language.tag());
    }
}

#[test]
fn an_advocate_reads_what_was_earned_how_it_comes_and_can_share_again() {
    let letter = letter(Side::Advocate, Fulfilment::Manual, "Nordic Shoes", Some("Anna Öberg"), true);
    let expected = "Hello Anna,\n\nA friend you referred ordered: you earned SEK\u{a0}100.\n\n\
        Nordic Shoes will hand it out to you.\n\nThank you for recommending us.\n\n\
        Share your link again:\nhttps://go.example/s/1.A.B.c?v=reward_ready.a\n\n-- \n\
        You get this mail because you refer friends to Nordic Shoes.\nUnsubscribe: https://go.example/u/1.A.b.c";
    assert_eq!(letter.text, expected);
    assert_eq!(letter.subject, "You earned SEK 100 at Nordic Shoes");
}

#[test]
fn a_friend_reads_that_the_discount_is_confirmed_and_can_visit_the_shop() {
    let letter = letter(Side::Friend, Fulfilment::CodeAtCheckout, "Nordic Shoes", None, true);
    let expected = "Hello,\n\nYour discount of SEK\u{a0}100 with the code ANNA10 is confirmed.\n\n\
        Visit Nordic Shoes:\nhttps://nordicshoes.example/\n\n-- \n\
        You get this mail because you ordered at Nordic Shoes on a friend's recommendation.\n\
        Unsubscribe: https://go.example/u/1.A.b.c";
    assert_eq!(letter.text, expected);
}

#[test]
fn an_invitation_says_what_the_rules_give() {
    let code: Code = "ANNA10".parse().expect("a code");
    let invite = |language: &str| {
        let program = give_ten();
        let occasion = Occasion::Invite { link: Some(LINK.to_owned()), code: &code, program: &program };
        write(occasion, &merchant("Nordic Shoes", "sv", &json!({})), Some("Anna"), language)
    };
    let swedish = invite("sv-SE");
    let expected = "Hej Anna!\n\nKänner du någon som skulle gilla Nordic Shoes?\n\n\
        Här är din egen länk och din egen kod. Skicka dem till dina vänner, så får den som handlar med någon av dem erbjudandet.\n\n\
        * Dina vänner får 10\u{a0}% rabatt på sin första beställning om de handlar för minst 300\u{a0}kr.\n\
        * Du får 100\u{a0}kr för varje vän som handlar för första gången, för minst 300\u{a0}kr.\n\n\
        Din kod: ANNA10\n\n\
        Dela din länk:\nhttps://go.example/s/1.A.B.c?v=invite.a\n\n-- \n\
        Du får det här mejlet för att du har handlat hos Nordic Shoes.\nAvsluta utskicken: https://go.example/u/1.A.b.c";
    assert_eq!(swedish.text, expected);
    assert_eq!(swedish.subject, "Tipsa om Nordic Shoes och få 100 kr");
    // Neither German nor any other language that we lack: the merchant's.
    assert_eq!(invite("de").locale, "sv");
    let subjects = ["en", "nb", "nl", "ro", "it"].map(|language| invite(language).subject);
    let expected = [
        "Recommend Nordic Shoes and get SEK 100",
        "Tips om Nordic Shoes og få 100 SEK",
        "Raad Nordic Shoes aan en krijg SEK 100",
        "Recomandă Nordic Shoes și primești 100 SEK",
        "Consiglia Nordic Shoes e ricevi 100 SEK",
    ];
    assert_eq!(subjects, expected);
}

#[test]
fn every_rule_of_every_preset_shows_its_figure_in_every_language() {
    for preset in PRESETS {
        let rules: Value = serde_json::from_str(preset.program).expect(preset.name);
        let program = program(&json!({"qualify": rules["qualify"], "rewards": rules["rewards"]}));
        let code: Code = "ANNA10".parse().expect("a code");
        for language in Language::ALL {
            let occasion = Occasion::Invite { link: None, code: &code, program: &program };
            let said = write(occasion, &merchant("S", "en", &json!({})), None, language.tag()).text;
            let figures = Figures::new(language, language.tag(), "UTC");
            for (_, _, rule) in program.rewards.numbered() {
                for value in rule.worth.all() {
                    let figure = match value {
                        crate::domain::program::Value::Share { percent, .. } => figures.percent(*percent),
                        crate::domain::program::Value::Flat { value } => match (rule.kind, value.money()) {
                            (Kind::FreeProduct, _) => value.unit().as_str().trim_start_matches("sku:").to_owned(),
                            (_, Some(money)) => figures.money(money),
                            (_, None) => figures.number(value.minor()),
                        },
                    };
                    assert!(said.contains(&figure), "{} in {}: {figure} is not in {said}", preset.name, language.tag());
                }
                let least = rule.when.minimum_order.or(program.qualify.when.minimum_order);
                let least = least.map(|money| figures.money(money)).unwrap_or_default();
                assert!(said.contains(&least), "{} in {}: {least}", preset.name, language.tag());
            }
        }
    }
}

#[test]
fn every_mail_asks_for_one_thing_in_both_faces_and_is_whole() {
    let merchant = merchant("Nordic Shoes", "en", &json!({}));
    let programs = programs();
    for language in Language::ALL {
        occasions(&programs, &mut |occasion| {
            let kind = occasion.kind();
            let letter = write(occasion, &merchant, Some("Anna"), language.tag());
            let says = format!("{kind} in {}: {}", language.tag(), letter.text);
            assert_eq!(letter.html.matches("<a ").count(), 2, "the button and unsubscribing: {says}");
            assert_eq!(letter.html.matches("class=\"button\"").count(), 1, "{says}");
            let buttons = letter.text.matches(":\nhttps://").count();
            assert_eq!(buttons, 1, "{says}");
            for part in [&letter.subject, &letter.text] {
                assert!(!part.contains(['{', '}', '$']) || part.contains('$') && !part.contains("{ $"), "{says}");
                assert!(!part.contains("  "), "{says}");
            }
            assert!(letter.html.contains(&format!("lang=\"{}\" dir=\"ltr\"", language.tag())), "{says}");
            assert!((4..120).contains(&letter.subject.chars().count()), "{}", letter.subject);
            assert!(!letter.html.contains(['\u{2068}', '\u{2069}']), "{says}");
        });
    }
}

#[test]
fn without_an_address_of_ours_a_mail_carries_no_link_of_ours() {
    for side in Side::BOTH {
        let letter = letter(side, Fulfilment::Manual, "Nordic Shoes", None, false);
        for face in [letter.html, letter.text] {
            assert!(!face.contains("go.example") && !face.contains("Unsubscribe"), "{face}");
            assert!(face.contains("https://nordicshoes.example/"), "{face}");
        }
    }
}

#[test]
fn the_html_loads_nothing_by_itself_and_escapes_names() {
    let html = letter(Side::Advocate, Fulfilment::Manual, "<script>x</script> & Co", Some("<b>Anna</b>"), true).html;
    assert!(!html.contains("<script") && !html.contains("<b>"), "{html}");
    assert!(html.contains("&lt;script&gt;"), "{html}");
    for remote in ["<img", "<link", "src=", "url(", "@import"] {
        assert!(!html.contains(remote), "{remote}");
    }
    for wanted in ["max-width:600px", "prefers-color-scheme: dark", "lang=\"en\"", "<!--[if mso]>"] {
        assert!(html.contains(wanted), "{wanted}");
    }
}

#[test]
fn a_brand_shows_its_logo_its_colour_and_its_address() {
    let brand = json!({"logo_url": "https://cdn.example/logo.png?a=1&b=\"2\"", "colour": "#ffee00", "from_name": "Nordic",
        "postal_address": "Storgatan 1\n111 22 Stockholm", "reply_to": "help@nordicshoes.example"});
    let code: Code = "ANNA10".parse().expect("a code");
    let program = give_ten();
    let occasion = Occasion::Invite { link: Some(LINK.to_owned()), code: &code, program: &program };
    let letter = write(occasion, &merchant("Nordic \"Shoes\"", "en", &brand), None, "en");
    assert_eq!((letter.from_name.as_str(), letter.html.matches("<img").count()), ("Nordic", 1));
    assert!(letter.html.contains("src=\"https://cdn.example/logo.png?a=1&amp;b=&quot;2&quot;\" alt=\"Nordic\""));
    assert!(
        letter.html.contains("background-color:#ffee00") && letter.html.contains("color:#000000"),
        "dark on yellow"
    );
    assert!(letter.html.contains("Storgatan 1<br>111 22 Stockholm"));
    assert!(letter.text.ends_with("Storgatan 1\n111 22 Stockholm"), "{}", letter.text);
    assert_eq!(letter.reply_to, "help@nordicshoes.example".parse().ok());
}

#[test]
fn a_name_from_right_to_left_turns_nothing_around() {
    let letter = letter(Side::Advocate, Fulfilment::Manual, "חנות", Some("مريم"), true);
    assert!(letter.html.contains("Hello <bdi>مريم</bdi>,"));
    assert!(letter.text.starts_with("Hello \u{2068}مريم\u{2069},"));
    assert_eq!(letter.subject, "You earned SEK 100 at חנות");
}

#[test]
fn a_notice_says_what_is_up_asks_for_no_click_and_offers_no_way_out() {
    let notice = |left| Notice::PoolLow { pool_name: "Summer\r\nBcc: x@y.example".into(), left };
    let shop = merchant("Nordic Shoes", "en", &json!({"logo_url": "https://cdn.example/logo.png"}));
    let letter = Letter::notice(&notice(12), &shop, &Unpaid::default()).expect("a letter");
    let expected = "Hello,\n\nCoupon pool Summer Bcc: x@y.example has 12 codes left\n\n\
        Please add codes, so that no reward has to wait for one.\n\n-- \n\
        You get this mail because notices for Nordic Shoes come to this address.";
    assert_eq!(letter.text, expected);
    assert!(!letter.html.contains("<a ") && !letter.html.contains("<img"));
    for (left, said) in [(0, "no codes"), (1, "1 code"), (2, "2 codes")] {
        let subject = Letter::notice(&notice(left), &shop, &Unpaid::default()).expect("a letter").subject;
        assert_eq!(subject, format!("Coupon pool Summer Bcc: x@y.example has {said} left"));
    }
    let romanian = merchant("Pantofi", "ro", &json!({}));
    let subject = Letter::notice(&notice(20), &romanian, &Unpaid::default()).expect("a letter").subject;
    assert_eq!(subject, "Setul de cupoane Summer Bcc: x@y.example mai are 20 de coduri");
}

#[test]
fn a_merchants_own_text_stands_in_for_ours_and_one_that_fails_does_not() {
    let texts = |subject: &str, body: &str, button: &str| {
        let set = |text: &str| Some(text.to_owned());
        Texts { subject: set(subject), body: set(body), button: set(button), ..Texts::default() }
    };
    let variant = Variant {
        name: "bold".into(),
        weight: 1,
        texts: BTreeMap::from([
            (
                "en".to_owned(),
                texts("{{ gift }} for you, {{ name }}!", "One <b>{{ shop }}</b>.\n\nTwo.", "Go {{ shop }}"),
            ),
            ("sv".to_owned(), texts("{{ nope }}", "{{ gift", "{% for a in b %}{% endfor %}")),
        ]),
    };
    let (merchant, value) = (merchant("Nordic Shoes", "en", &json!({})), sek(10_000));
    let code: Code = "ANNA10".parse().expect("a code");
    let letter = |reader: &str| {
        let gift = Gift { side: Side::Advocate, kind: Kind::Fixed, fulfilment: Fulfilment::Manual, value: &value };
        let occasion = Occasion::RewardReady { gift, coupon: None, code: &code, link: Some(LINK.to_owned()) };
        let (reader, name) = (reader.parse().ok(), PersonName::parse("Anna\r\nBcc: x"));
        let draft = Draft {
            merchant: &merchant,
            reader: reader.as_ref(),
            program: None,
            name: name.as_ref(),
            site: "https://nordicshoes.example",
            unsubscribe: None,
            variant: Some(&variant),
            occasion,
        };
        Letter::write(&draft).expect("a letter")
    };
    let own = letter("en");
    assert_eq!((own.subject.as_str(), own.variant.as_str()), ("SEK 100 for you, Anna!", "bold"));
    assert!(
        own.text.contains(
            "\n\nOne <b>Nordic Shoes</b>.\n\nTwo.\n\nGo Nordic Shoes:\nhttps://go.example/s/1.A.B.c?v=reward_ready.bold"
        ),
        "{}",
        own.text
    );
    assert!(own.html.contains("One &lt;b&gt;<bdi>Nordic Shoes</bdi>&lt;/b&gt;."), "{}", own.html);
    assert!(own.text.contains("A friend you referred ordered"), "what is not set stays");
    let failing = letter("sv");
    assert_eq!((failing.subject.as_str(), failing.variant.as_str()), ("Du har fått 100 kr hos Nordic Shoes", "bold"));
    assert_eq!(letter("nl").subject, "Je hebt SEK 100 verdiend bij Nordic Shoes");
}

#[test]
fn only_a_web_address_becomes_a_button() {
    assert_eq!(web_url("https://a.example"), Some("https://a.example/".into()));
    for wrong in ["javascript:alert(1)", "data:text/html,x", "nordicshoes.example", ""] {
        assert_eq!(web_url(wrong), None, "{wrong}");
    }
}

/// A page without its names: what is left must be the same whoever is named.
fn tags(html: &str) -> usize {
    html.replace("<bdi>", "").replace("</bdi>", "").matches('<').count()
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(96))]

    #[test]
    fn nothing_that_people_write_breaks_out_of_its_place(wild in WILD) {
        let code: Code = "ANNA10".parse().expect("a code");
        let program = give_ten();
        let written = |name: &str| {
            let advocate = PersonName::parse(&format!("A{name}"));
            let occasion = Occasion::Welcome { advocate: advocate.as_ref(), code: &code, link: Some(LINK.to_owned()), program: &program };
            let brand = json!({"from_name": format!("B{name}"), "logo_url": "https://cdn.example/logo.png"});
            let shop = merchant("Shop", "en", &brand);
            let letter = write(occasion, &shop, Some(&format!("C{name}")), "en");
            let notice = Notice::CodeRefused { shop_domain: format!("D{name}"), detail: format!("E{name}") };
            [letter, Letter::notice(&notice, &shop, &Unpaid::default()).expect("a letter")]
        };
        for (plain, letter) in written("").iter().zip(written(&wild)) {
            proptest::prop_assert_eq!(tags(&letter.html), tags(&plain.html));
            proptest::prop_assert_eq!(letter.html.matches('"').count(), plain.html.matches('"').count());
            proptest::prop_assert_eq!(letter.text.lines().count(), plain.text.lines().count());
            let unfit = |c: char| c.is_control() || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}');
            for header in [&letter.subject, &letter.from_name] {
                proptest::prop_assert!(!header.contains(unfit) && !header.contains("=?"), "{:?}", header);
                proptest::prop_assert!(header.chars().count() <= 150);
            }
        }
    }
}

/// Anything at all, and what attackers and mishaps are made of.
const WILD: &str =
    "(\\PC|\r|\n|\u{0}|\u{85}|\u{2028}|\u{202E}|\u{2068}|\u{2069}|<|>|\"|'|&|=\\?|\\?=|\\{|\\}|%|\\$| |🎉|م){0,500}";
