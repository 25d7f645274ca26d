//! What each number that is counted means.

use super::super::program::Side;
use super::super::referral::State;
use super::super::tally::Count;
use super::{Figure, Sums, Value};

/// Why a part of the program has no such number.
const NO_SHOP: &str = "a shop's orders are counted as a whole, not by this group";
const NO_CLICKS: &str =
    "clicks are not counted per advocate: it would cost each click another write; the event log has them";

/// What was counted, with definitions.
pub fn numbers(sums: &Sums<'_>) -> Vec<Figure> {
    Count::all()
        .map(|(count, _, name)| {
            let (definition, is_money) = define(count);
            let value = match count {
                _ if is_of_shop(count) => sums.of_shop(count).ok_or(NO_SHOP),
                Count::Clicks | Count::Visitors | Count::Shares | Count::Sharers | Count::Enrolled
                    if !sums.has_clicks =>
                {
                    Err(NO_CLICKS)
                }
                _ => Ok(sums.of(count)),
            };
            let value = match value {
                Ok(minor) if is_money => Value::Money(minor),
                Ok(many) => Value::Count(many),
                Err(reason) => Value::Unknown(reason),
            };
            Figure { name, value, definition }
        })
        .collect()
}

/// It is counted for the whole shop.
fn is_of_shop(count: Count) -> bool {
    matches!(
        count,
        Count::Purchases
            | Count::PurchasesNet
            | Count::NewCustomers
            | Count::Referred
            | Count::ReferredNet
            | Count::ReferredNew
            | Count::Again { .. }
    )
}

/// A number's definition, and whether it is money.
fn define(count: Count) -> (&'static str, bool) {
    let (text, is_money) = match count {
        Count::Invites => ("Invitations that went out by mail, on the day they were written.", false),
        Count::Mails => ("All mails to customers that went out for the program, invitations too.", false),
        Count::Enrolled => ("Advocates who got a link in the program.", false),
        Count::Shares => (
            "Links that a person other than a crawler opened for the first time in a channel (/r/{code}/{channel}; without \
             one counts as a channel of its own). The engine does not see the sharing itself, only that somebody came by it.",
            false,
        ),
        Count::Sharers => ("Advocates whose link was opened for the first time at all.", false),
        Count::Clicks => (
            "Links opened by persons, repeats too; crawlers, previews and what browsers load ahead are left out.",
            false,
        ),
        Count::Visitors => (
            "Persons who opened a link, once per link and day, in the channel of the first visit. A person is an address \
             and a browser, as a hash that is another one the next day.",
            false,
        ),
        Count::Claims => (
            "Orders on which a friend used an advocate's code, whatever became of the order. The engine has no earlier sign \
             of a claim, such as an address left before buying.",
            false,
        ),
        Count::Credited => ("Orders credited to an advocate, on the day they were placed, as they stand now.", false),
        Count::Flagged => ("Orders that wait for a person to look at them; not among the credited ones.", false),
        Count::Refused => ("Orders with a link or code of ours that a rule refuses, fraud apart.", false),
        Count::Fraud => ("Orders refused by review or because friend and advocate are the same person.", false),
        Count::Void => ("Orders that were cancelled, or fell below the minimum by refunds.", false),
        Count::NewBuyers => ("Credited orders that are their buyer's first in the merchant's shops.", false),
        Count::Gross => ("Credited orders before discounts, without tax and shipping.", true),
        Count::Discount => ("What coupons took off credited orders, as far as the shop told.", true),
        Count::Refund => ("What went back of credited orders.", true),
        Count::Net => ("Credited orders after discounts and refunds, without tax and shipping.", true),
        Count::FlaggedNet => ("Flagged orders after discounts and refunds; not in the revenue.", true),
        Count::Foreign => ("Credited orders in another currency than the merchant's; in no amount.", false),
        Count::ByCode => ("Credited orders for which a code speaks, and no click.", false),
        Count::ByClick => ("Credited orders for which a click speaks, and no code.", false),
        Count::ByBoth => ("Credited orders for which a code and a click speak.", false),
        Count::ByHand => ("Credited orders that a person attributed.", false),
        Count::AdvocateCost => (
            "What advocates' rewards have cost: cash when it is approved, all else at its face value when it is redeemed.",
            true,
        ),
        Count::FriendCost => ("The same for friends' rewards that are not the code itself.", true),
        Count::FriendDiscount => {
            ("What shops took off for advocates' codes at the checkout; an estimate where they did not say.", true)
        }
        Count::Rewards(state) => return (of_state(state), false),
        Count::Cost(Side::Advocate, _) => {
            ("Advocates' rewards in this state, in money; others have no worth here.", true)
        }
        Count::Cost(Side::Friend, _) => ("Friends' rewards in this state, in money; others have no worth here.", true),
        Count::Purchases => ("All paid orders of the program's shop that are not cancelled, referred or not.", false),
        Count::PurchasesNet => ("These after discounts and refunds, in the merchant's currency.", true),
        Count::NewCustomers => {
            ("Of these, orders that are their buyer's first, as it was known when they were paid.", false)
        }
        Count::Referred => ("Of these, orders credited to an advocate of any program.", false),
        Count::ReferredNet => ("Referred orders of the shop after discounts and refunds.", true),
        Count::ReferredNew => ("Referred orders of the shop that are their buyer's first.", false),
        Count::Again { referred: true, .. } => (
            "New customers of the period who came by an advocate and bought again within so many days of the first order.",
            false,
        ),
        Count::Again { referred: false, .. } => {
            ("Other new customers of the period who bought again within so many days of the first order.", false)
        }
    };
    (text, is_money)
}

const fn of_state(state: State) -> &'static str {
    match state {
        State::Flagged => "Rewards that wait for a person to look at their order.",
        State::Pending => "Rewards that wait for their hold to end; apart from the approved ones.",
        State::Approved => "Rewards that are owed and not handed over.",
        State::Issued => "Rewards in their owners' hands.",
        State::Redeemed => "Rewards that were used.",
        State::Void => "Rewards that were taken back or never granted.",
        State::Expired => "Rewards that were not used in time.",
    }
}
