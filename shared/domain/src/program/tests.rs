//! What rules come to, kind by kind.

use super::super::amount::Amount;
use super::*;

fn money(amount: &str, currency: &str) -> Money {
    Money::parse(amount, currency.parse().expect("a currency")).expect(amount)
}

fn sek(amount: &str) -> Money {
    money(amount, "SEK")
}

fn rule(json: &str) -> RewardRule {
    serde_json::from_str(json).expect(json)
}

fn at(net: Money) -> Circumstances<'static> {
    let placed_at = "2026-11-27T12:00:00Z".parse().expect("a time");
    Circumstances { net, placed_at, time_zone: "Europe/Stockholm", ordinal: None, tier: None }
}

#[test]
fn a_percentage_stays_between_floor_and_ceiling() {
    let share = |floor: Option<&str>, ceiling: Option<&str>, net| {
        let percent = "10".parse().expect("a percentage");
        Value::Share { percent, floor: floor.map(sek), ceiling: ceiling.map(sek) }.of(net)
    };
    assert_eq!(share(None, None, sek("500.05")), Amount::from(sek("50.00")));
    assert_eq!(share(Some("60.00"), None, sek("500.00")), Amount::from(sek("60.00")));
    assert_eq!(share(None, Some("40.00"), sek("500.00")), Amount::from(sek("40.00")));
    assert_eq!(share(Some("40.00"), Some("60.00"), sek("500.00")), Amount::from(sek("50.00")));
    assert_eq!(share(Some("40.00"), None, sek("0.00")), Amount::from(sek("0.00")));
    // Currencies without decimals and with three.
    assert_eq!(share(None, None, money("1005", "JPY")), Amount::from(money("100", "JPY")));
    assert_eq!(share(None, None, money("1.005", "KWD")), Amount::from(money("0.100", "KWD")));
}

#[test]
fn tiers_bands_and_counts_change_the_value_and_a_season_goes_before_them() {
    let flat = |n: u32| format!(r#"{{"amount":"{n}.00","currency":"SEK"}}"#);
    let step = |key: &str, value: &str, n| format!(r#"{{"{key}":{value},"value":{}}}"#, flat(n));
    let with =
        |steps: String| rule(&format!(r#"{{"kind":"fixed","value":{},{steps},"fulfilment":"manual"}}"#, flat(1)));

    let counted = with(format!(r#""by_count":[{},{}]"#, step("from", "3", 30), step("from", "5", 50)));
    let nth = |n| counted.worth.of(Circumstances { ordinal: Some(n), ..at(sek("9.00")) });
    assert_eq!([1, 3, 4, 7].map(nth), [1, 30, 30, 50].map(|n| Some(Amount::from(sek(&format!("{n}.00"))))));

    let tiered = with(format!(r#""by_loyalty_tier":[{}]"#, step("tier", "\"gold\"", 20)));
    let of_tier = |tier| tiered.worth.of(Circumstances { tier, ..at(sek("9.00")) });
    assert_eq!(of_tier(Some("gold")), Some(sek("20.00").into()));
    assert_eq!(of_tier(None), Some(sek("1.00").into()));

    let priced = with(format!(r#""by_order_value":[{}]"#, step("from", &flat(500), 40)));
    assert_eq!(priced.worth.of(at(sek("499.99"))), Some(sek("1.00").into()));
    assert_eq!(priced.worth.of(at(sek("500.00"))), Some(sek("40.00").into()));

    // Black Friday in Stockholm begins at 23:00 UTC of the day before.
    let season = format!(
        r#""by_count":[{}],"seasons":[{{"starts_at":"2026-11-27T00:00:00","ends_at":"2026-11-28T00:00:00","value":{}}}]"#,
        step("from", "1", 30),
        flat(99)
    );
    let seasonal = with(season);
    let placed = |time: &str| {
        let placed_at = time.parse().expect("a time");
        seasonal.worth.of(Circumstances { placed_at, ordinal: Some(1), ..at(sek("9.00")) })
    };
    assert_eq!(placed("2026-11-26T22:59:59Z"), Some(sek("30.00").into()));
    assert_eq!(placed("2026-11-26T23:00:00Z"), Some(sek("99.00").into()));
    assert_eq!(placed("2026-11-27T23:00:00Z"), Some(sek("30.00").into()));
}

#[test]
fn every_third_referral_earns_and_the_others_earn_nothing() {
    let third = rule(r#"{"kind":"free_product","sku":"TEE","every":3,"fulfilment":"manual"}"#);
    let nth = |n| third.worth.of(Circumstances { ordinal: Some(n), ..at(sek("9.00")) }).is_some();
    assert_eq!([1, 2, 3, 4, 5, 6].map(nth), [false, false, true, false, false, true]);
}

#[test]
fn what_stands_beside_a_percentage_says_which_currency_an_order_must_be_in() {
    let of = |rules: &str| {
        let program = super::super::samples::program("SEK");
        let rewards = Rewards { friend: Vec::new(), advocate: vec![rule(rules)] };
        Program { qualify: Qualify::default(), rewards, ..program }.limit_currency().map(Currency::code)
    };
    assert_eq!(of(r#"{"kind":"cash","percent":"5","fulfilment":"manual"}"#), None);
    assert_eq!(of(r#"{"kind":"cash","value":{"amount":"5.00","currency":"EUR"},"fulfilment":"manual"}"#), None);
    let capped = r#"{"kind":"cash","percent":"5","cap":{"month":{"value":{"amount":"5.00","currency":"EUR"}}},"fulfilment":"manual"}"#;
    assert_eq!(of(capped), Some("EUR"));
    let by_tier = r#"{"kind":"cash","percent":"5","by_loyalty_tier":[{"tier":"gold","value":{"amount":"5.00","currency":"EUR"}}],"fulfilment":"manual"}"#;
    assert_eq!(of(by_tier), Some("EUR"));
}

#[test]
fn a_product_is_written_as_it_was_read_also_when_its_name_begins_like_our_unit() {
    let json = r#"{"kind":"free_product","sku":"sku:1","quantity":1,"fulfilment":"manual"}"#;
    assert_eq!(serde_json::to_string(&rule(json)).expect("serializes"), json);
}
