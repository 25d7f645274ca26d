//! Each formula on numbers that are easy to check by hand.

use super::*;
use crate::program::Side;
use crate::referral::State;

fn value(figures: &[Figure], name: &str) -> Value {
    figures.iter().find(|figure| figure.name == name).unwrap_or_else(|| panic!("{name}")).value
}

fn program() -> Counts {
    Counts::from([
        (Count::Sharers, 10),
        (Count::Shares, 25),
        (Count::Visitors, 200),
        (Count::Clicks, 260),
        (Count::Claims, 12),
        (Count::Credited, 8),
        (Count::Flagged, 1),
        (Count::Fraud, 1),
        (Count::Void, 2),
        (Count::Foreign, 1),
        (Count::NewBuyers, 6),
        (Count::Net, 350_000),
        (Count::AdvocateCost, 30_000),
        (Count::FriendCost, 5_000),
        (Count::FriendDiscount, 25_000),
        (Count::Cost(Side::Advocate, State::Pending), 10_000),
        (Count::Rewards(State::Issued), 2),
        (Count::Rewards(State::Redeemed), 3),
        (Count::Rewards(State::Expired), 1),
        (Count::ByCode, 3),
        (Count::ByClick, 5),
    ])
}

fn shop() -> Counts {
    Counts::from([
        (Count::Purchases, 108),
        (Count::PurchasesNet, 5_350_000),
        (Count::NewCustomers, 40),
        (Count::Referred, 8),
        (Count::ReferredNet, 350_000),
        (Count::ReferredNew, 6),
        (Count::Again { days: 90, referred: true }, 3),
        (Count::Again { days: 90, referred: false }, 17),
    ])
}

#[test]
fn each_figure_follows_its_formula() {
    let (program, shop) = (program(), shop());
    let figures = figures(&Sums { program: &program, shop: Some(&shop), has_clicks: true });
    let cases = [
        ("shares_per_advocate", Value::Ratio(25, 10)),
        ("share_through", Value::Ratio(200, 10)),
        ("clicks_per_share", Value::Ratio(200, 25)),
        ("claim_rate", Value::Ratio(12, 200)),
        ("friend_conversion", Value::Ratio(6, 200)),
        ("acquisition_rate", Value::Ratio(6, 10)),
        ("referral_rate", Value::Ratio(8, 108)),
        ("new_customer_contribution", Value::Ratio(6, 40)),
        ("share_of_revenue", Value::Ratio(350_000, 5_350_000)),
        ("average_order_referred", Value::MoneyPer(350_000, 7)),
        ("average_order_others", Value::MoneyPer(5_000_000, 100)),
        ("reward_cost_ratio", Value::Ratio(35_000, 350_000)),
        ("reward_cost_per_acquisition", Value::MoneyPer(60_000, 6)),
        ("redemption_rate", Value::Ratio(3, 6)),
        ("breakage", Value::Ratio(1, 6)),
        ("suspicious_rate", Value::Ratio(1, 12)),
        ("confirmed_fraud_rate", Value::Ratio(1, 12)),
        ("repeat_rate_90_referred", Value::Ratio(3, 6)),
        ("repeat_rate_90_others", Value::Ratio(17, 34)),
        ("method_code", Value::Ratio(3, 8)),
        ("method_click", Value::Ratio(5, 8)),
        ("clicks", Value::Count(260)),
        ("revenue_net", Value::Money(350_000)),
        ("advocate_rewards_pending_value", Value::Money(10_000)),
        ("shop_orders", Value::Count(108)),
    ];
    for (name, expected) in cases {
        assert_eq!(value(&figures, name), expected, "{name}");
    }
    for name in ["participation_rate", "return_on_investment", "k_factor", "lifetime_value", "cost_per_acquisition"] {
        assert!(matches!(value(&figures, name), Value::Unknown(reason) if reason.len() > 10), "{name}");
    }
}

#[test]
fn what_was_not_counted_is_not_zero() {
    let (none, program) = (Counts::new(), program());
    let empty = figures(&Sums { program: &none, shop: Some(&none), has_clicks: true });
    assert_eq!(value(&empty, "clicks"), Value::Count(0));
    assert!(matches!(value(&empty, "friend_conversion"), Value::Unknown(_)));
    let of_channel = figures(&Sums { program: &program, shop: None, has_clicks: true });
    assert!(matches!(value(&of_channel, "shop_orders"), Value::Unknown(_)));
    assert!(matches!(value(&of_channel, "referral_rate"), Value::Unknown(_)));
    let of_advocate = figures(&Sums { program: &program, shop: None, has_clicks: false });
    assert!(matches!(value(&of_advocate, "clicks"), Value::Unknown(_)));
    assert_eq!(value(&of_advocate, "orders_credited"), Value::Count(8));
}

#[test]
fn every_figure_has_one_name_and_a_definition() {
    let none = Counts::new();
    let figures = figures(&Sums { program: &none, shop: Some(&none), has_clicks: true });
    let names: std::collections::BTreeSet<_> = figures.iter().map(|figure| &figure.name).collect();
    assert_eq!(names.len(), figures.len());
    assert!(figures.iter().all(|figure| figure.definition.len() > 10 && figure.definition.ends_with('.')));
}
