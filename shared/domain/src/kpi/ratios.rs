//! Figures that follow from what was counted. Symbols as in their definitions: A sharers, Sh shares, L unique clicks, G
//! claims, N referred new buyers, O referred orders, R referred net revenue, W reward cost, T platform and mail cost, C
//! eligible customers, V viewers, M margin.

use super::super::referral::State;
use super::super::tally::Count;
use super::{Figure, Sums, Value};

/// What a figure is made of: two counts, or why it can't be said.
type Parts = Result<(i64, i64), &'static str>;

const NOTHING_BELOW: &str = "there is nothing to divide by in this period";
const NO_SHOP: &str = "it compares with all orders of the shop, which are not counted by this group";
const NO_CLICKS: &str = "clicks and shares are not counted per advocate";

/// The figures, with definitions.
pub fn ratios(sums: &Sums<'_>) -> Vec<Figure> {
    let mut figures = known(sums);
    figures.extend(UNKNOWN.map(|(name, definition, reason)| figure(name, definition, Value::Unknown(reason))));
    figures
}

fn known(sums: &Sums<'_>) -> Vec<Figure> {
    let of = |count| sums.of(count);
    let shop = |count| sums.of_shop(count).ok_or(NO_SHOP);
    let clicks = |count| if sums.has_clicks { Ok(sums.of(count)) } else { Err(NO_CLICKS) };
    let (new_buyers, net) = (of(Count::NewBuyers), of(Count::Net));
    let decided = of(Count::Credited) + of(Count::Flagged) + of(Count::Fraud) + of(Count::Void);
    let (redeemed, expired) = (of(Count::Rewards(State::Redeemed)), of(Count::Rewards(State::Expired)));
    let handed_over = redeemed + expired + of(Count::Rewards(State::Issued));
    let pair = |over: Result<i64, &'static str>, under: Result<i64, &'static str>| Ok((over?, under?));
    let others = |all, referred| Ok(shop(all)? - shop(referred)?);
    let [advocates, shares, visitors] = [Count::Sharers, Count::Shares, Count::Visitors].map(clicks);
    let claims = Ok(of(Count::Claims));
    let mut figures = vec![
        ratio("shares_per_advocate", "Sh / A: shares per advocate who shared.", pair(shares, advocates)),
        ratio("share_through", "L / A: unique clicks per advocate who shared.", pair(visitors, advocates)),
        ratio("clicks_per_share", "L / Sh: unique clicks per share.", pair(visitors, shares)),
        ratio(
            "claim_rate",
            "G / L: claims per unique click; a code may be used without a click.",
            pair(claims, visitors),
        ),
        ratio("friend_conversion", "N / L: referred new buyers per unique click.", pair(Ok(new_buyers), visitors)),
        ratio(
            "acquisition_rate",
            "N / A: referred new buyers per advocate who shared.",
            pair(Ok(new_buyers), advocates),
        ),
        ratio(
            "referral_rate",
            "O / all paid orders of the shop.",
            pair(Ok(of(Count::Credited)), shop(Count::Purchases)),
        ),
        ratio(
            "new_customer_contribution",
            "N / all new customers of the shop.",
            pair(Ok(new_buyers), shop(Count::NewCustomers)),
        ),
        ratio(
            "share_of_revenue",
            "R / net revenue of all paid orders of the shop.",
            pair(Ok(net), shop(Count::PurchasesNet)),
        ),
        money(
            "average_order_referred",
            "R / O: net revenue per referred order in the merchant's currency.",
            Ok((net, of(Count::Credited) - of(Count::Foreign))),
        ),
        money(
            "average_order_others",
            "Net revenue per paid order of the shop that is credited to nobody.",
            pair(others(Count::PurchasesNet, Count::ReferredNet), others(Count::Purchases, Count::Referred)),
        ),
        ratio(
            "reward_cost_ratio",
            "W / R: cost of advocates' rewards and of friends' other than the code itself, per \
            referred net revenue.",
            Ok((cost(sums), net)),
        ),
        money(
            "reward_cost_per_acquisition",
            "(W + friend discounts) / N: the cost per acquisition without platform and mail.",
            Ok((cost(sums) + of(Count::FriendDiscount), new_buyers)),
        ),
        ratio(
            "redemption_rate",
            "Rewards redeemed / handed over (issued, redeemed or expired).",
            Ok((redeemed, handed_over)),
        ),
        ratio("breakage", "Rewards expired / handed over (issued, redeemed or expired).", Ok((expired, handed_over))),
        ratio(
            "suspicious_rate",
            "Flagged / decided orders (credited, flagged, fraud, void).",
            Ok((of(Count::Flagged), decided)),
        ),
        ratio("confirmed_fraud_rate", "Refused as fraud / decided orders.", Ok((of(Count::Fraud), decided))),
    ];
    for (days, [of_referred, of_others]) in AGAIN {
        let definition = "New customers of the period who bought again within so many days of their first order / new \
            customers of the period. Final only when the days are over.";
        let again = |referred| shop(Count::Again { days, referred });
        let new_others = others(Count::NewCustomers, Count::ReferredNew);
        figures.push(ratio(of_referred, definition, pair(again(true), shop(Count::ReferredNew))));
        figures.push(ratio(of_others, definition, pair(again(false), new_others)));
    }
    let methods = [
        ("method_code", Count::ByCode),
        ("method_click", Count::ByClick),
        ("method_both", Count::ByBoth),
        ("method_manual", Count::ByHand),
    ];
    let by_method = |(name, count)| {
        ratio(name, "Credited orders by what speaks for the advocate / O.", Ok((of(count), of(Count::Credited))))
    };
    figures.extend(methods.map(by_method));
    figures
}

/// W: what rewards have cost so far.
fn cost(sums: &Sums<'_>) -> i64 {
    sums.of(Count::AdvocateCost) + sums.of(Count::FriendCost)
}

const AGAIN: [(u16, [&str; 2]); 3] = [
    (90, ["repeat_rate_90_referred", "repeat_rate_90_others"]),
    (180, ["repeat_rate_180_referred", "repeat_rate_180_others"]),
    (365, ["repeat_rate_365_referred", "repeat_rate_365_others"]),
];

fn figure(name: &str, definition: &'static str, value: Value) -> Figure {
    Figure { name: name.to_owned(), value, definition }
}

fn ratio(name: &str, definition: &'static str, parts: Parts) -> Figure {
    figure(name, definition, divided(parts, Value::Ratio))
}

fn money(name: &str, definition: &'static str, parts: Parts) -> Figure {
    figure(name, definition, divided(parts, Value::MoneyPer))
}

fn divided(parts: Parts, value: fn(i64, i64) -> Value) -> Value {
    match parts {
        Ok((_, 0)) => Value::Unknown(NOTHING_BELOW),
        Ok((over, under)) => value(over, under),
        Err(reason) => Value::Unknown(reason),
    }
}

const NO_CUSTOMERS: &str = "the engine is not told how many customers were eligible (C)";
const NO_VIEWS: &str = "who looked at an offer or a widget is not counted (V)";
const NO_PROMOTION: &str = "clicks on the merchant's own promotions, and whom these reached, do not come by here";
const NO_MARGIN: &str = "no margin is configured (M)";

/// Figures that need what the engine does not know: name, definition, reason.
const UNKNOWN: [(&str, &str, &str); 21] = [
    ("participation_rate", "A / C: advocates who shared per eligible customer.", NO_CUSTOMERS),
    ("enrolment_rate", "E / V: enrolled advocates per viewer.", NO_VIEWS),
    ("share_rate", "A / V: advocates who shared per viewer.", NO_VIEWS),
    ("advocacy_rate", "A / unique clicks on promotions.", NO_PROMOTION),
    ("promotion_click_through", "Unique clicks on promotions / reach.", NO_PROMOTION),
    ("friend_click_through", "L / people reached.", "whom an advocate reached is known to the advocate alone"),
    (
        "friends_to_advocates",
        "Referred buyers who later share / N.",
        "sharing and buying are counted apart; the event log has both",
    ),
    (
        "cost_per_acquisition",
        "(W + friend discounts + T) / N.",
        "T is in US dollars (see GET /v1/usage), and no exchange rate is known; reward_cost_per_acquisition leaves T out",
    ),
    ("return_on_investment", "(M - W - T) / (W + T).", NO_MARGIN),
    ("incremental_return_on_investment", "(dM per eligible x C - W - T) / (W + T).", "there is no holdout group"),
    ("k_factor", "i x c = N / C for the cohort.", NO_CUSTOMERS),
    ("cycle_time", "Median days from a buyer's share to the friend's own first share.", "counts hold no medians"),
    ("earned_growth", "(own revenue + revenue of friends brought) / customer.", "revenue is not counted per customer"),
    ("lifetime_value", "Margin over a horizon, per cohort.", NO_MARGIN),
    ("time_to_reward_median", "From order paid to reward usable.", "counts hold no medians"),
    ("time_to_reward_p95", "From order paid to reward usable.", "counts hold no percentiles"),
    ("where_is_my_reward_rate", "Look-ups ending in no reward per 1,000 referred orders.", "look-ups are not counted"),
    ("clawback_rate", "Clawed back / granted value.", "each advocate's ledger has it (GET /v1/advocates/{id}/ledger)"),
    (
        "overturned_rate",
        "Refusals that an appeal overturned / orders decided.",
        "appeals are not counted; see GET /v1/audit",
    ),
    ("deliverability", "Delivered, bounced, complained, unsubscribed per mail.", "it is not counted here"),
    (
        "forecast",
        "Customers invited x participation x shares per advocate x clicks per share x conversion x average order.",
        NO_CUSTOMERS,
    ),
];
