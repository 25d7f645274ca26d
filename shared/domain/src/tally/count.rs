//! What is counted. A letter stands for each: with the value of a dimension before it, it is an attribute's name, and
//! thirty days of counters are to fit into few read units.

use std::collections::BTreeMap;

use super::super::program::Side;
use super::super::referral::State;

/// Something that is counted; money in minor units of the merchant's currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Count {
    /// Invitations that went out by mail.
    Invites,
    /// All mails that went out for the program.
    Mails,
    /// Links made: advocates who take part.
    Enrolled,
    /// Links opened in a channel for the first time.
    Shares,
    /// Links opened for the first time at all: advocates who shared.
    Sharers,
    /// Clicks by persons, repeats too.
    Clicks,
    /// Persons who clicked, once per link and day.
    Visitors,
    /// Orders on which a friend used a code of ours.
    Claims,
    /// Orders credited to an advocate.
    Credited,
    /// Orders that wait for a person to look at them.
    Flagged,
    /// Orders with evidence of ours that a rule refuses.
    Refused,
    /// Orders that were refused as fraud.
    Fraud,
    /// Orders that were cancelled, or fell below the minimum by refunds.
    Void,
    /// Credited orders that are their buyer's first.
    NewBuyers,
    /// Of credited orders: before discounts.
    Gross,
    /// Of credited orders: what coupons took off.
    Discount,
    /// Of credited orders: what went back.
    Refund,
    /// Of credited orders: after discounts and refunds.
    Net,
    /// Of flagged orders: after discounts and refunds.
    FlaggedNet,
    /// Credited orders in another currency than the merchant's: in no amount.
    Foreign,
    /// Credited orders by what speaks for the advocate: a code, a click, both, or a person's word.
    ByCode,
    ByClick,
    ByBoth,
    ByHand,
    /// What advocates' rewards cost: cash as soon as it is owed, all else when it is used.
    AdvocateCost,
    /// The same for friends' rewards, without discounts that are the code itself.
    FriendCost,
    /// Friends' discounts that are the code itself: given with the order.
    FriendDiscount,
    /// Rewards by state.
    Rewards(State),
    /// What rewards of a side are worth, by state.
    Cost(Side, State),
    /// Of a shop: purchases, referred or not.
    Purchases,
    /// Of a shop: what purchases came to, after discounts and refunds.
    PurchasesNet,
    /// Of a shop: purchases that are their buyer's first.
    NewCustomers,
    /// Of a shop: purchases credited to an advocate of any program.
    Referred,
    /// Of a shop: what these came to.
    ReferredNet,
    /// Of a shop: these that are their buyer's first.
    ReferredNew,
    /// Of a shop: buyers who bought again within 90, 180 or 365 days of the first order, counted with the first order.
    Again {
        days: u16,
        referred: bool,
    },
}

/// Amounts of what is counted; zeros are left out.
pub type Counts = BTreeMap<Count, i64>;

const SIMPLE: [(Count, char, &str); 27] = [
    (Count::Invites, 'i', "invites"),
    (Count::Mails, 'b', "mails"),
    (Count::Enrolled, 'e', "enrolled"),
    (Count::Shares, 's', "shares"),
    (Count::Sharers, 'a', "sharers"),
    (Count::Clicks, 'c', "clicks"),
    (Count::Visitors, 'u', "clicks_unique"),
    (Count::Claims, 'm', "claims"),
    (Count::Credited, 'o', "orders_credited"),
    (Count::Flagged, 'f', "orders_flagged"),
    (Count::Refused, 'x', "orders_refused"),
    (Count::Fraud, 'z', "orders_fraud"),
    (Count::Void, 'v', "orders_void"),
    (Count::NewBuyers, 'n', "new_buyers"),
    (Count::Gross, 'g', "revenue_gross"),
    (Count::Discount, 'd', "revenue_discount"),
    (Count::Refund, 'r', "revenue_refund"),
    (Count::Net, 't', "revenue_net"),
    (Count::FlaggedNet, 'y', "revenue_flagged"),
    (Count::Foreign, 'w', "orders_other_currency"),
    (Count::ByCode, '7', "orders_by_code"),
    (Count::ByClick, '8', "orders_by_click"),
    (Count::ByBoth, '9', "orders_by_both"),
    (Count::ByHand, '0', "orders_by_hand"),
    (Count::AdvocateCost, 'W', "advocate_reward_cost"),
    (Count::FriendCost, 'X', "friend_reward_cost"),
    (Count::FriendDiscount, 'Y', "friend_discount"),
];

const OF_SHOP: [(Count, char, &str); 12] = [
    (Count::Purchases, 'p', "shop_orders"),
    (Count::PurchasesNet, 'q', "shop_revenue_net"),
    (Count::NewCustomers, 'k', "shop_new_customers"),
    (Count::Referred, 'j', "shop_referred_orders"),
    (Count::ReferredNet, 'l', "shop_referred_revenue_net"),
    (Count::ReferredNew, 'h', "shop_referred_new_customers"),
    (Count::Again { days: 90, referred: true }, '1', "shop_referred_again_90"),
    (Count::Again { days: 180, referred: true }, '2', "shop_referred_again_180"),
    (Count::Again { days: 365, referred: true }, '3', "shop_referred_again_365"),
    (Count::Again { days: 90, referred: false }, '4', "shop_others_again_90"),
    (Count::Again { days: 180, referred: false }, '5', "shop_others_again_180"),
    (Count::Again { days: 365, referred: false }, '6', "shop_others_again_365"),
];

/// The states in the order of their letters, with their names.
const STATES: [(State, &str); 7] = [
    (State::Flagged, "flagged"),
    (State::Pending, "pending"),
    (State::Approved, "approved"),
    (State::Issued, "issued"),
    (State::Redeemed, "redeemed"),
    (State::Void, "void"),
    (State::Expired, "expired"),
];

impl Count {
    /// All that is counted, with letter and name.
    pub fn all() -> impl Iterator<Item = (Self, char, String)> {
        let simple = SIMPLE.into_iter().chain(OF_SHOP).map(|(count, letter, name)| (count, letter, name.to_owned()));
        let by_state = STATES.into_iter().zip(0_u8..).flat_map(|((state, name), n)| {
            let letter = |group: u8| char::from(b'A' + group * 7 + n);
            [
                (Self::Rewards(state), letter(0), format!("rewards_{name}")),
                (Self::Cost(Side::Advocate, state), letter(1), format!("advocate_rewards_{name}_value")),
                (Self::Cost(Side::Friend, state), letter(2), format!("friend_rewards_{name}_value")),
            ]
        });
        simple.chain(by_state)
    }

    /// The letter that stands for it.
    pub fn letter(self) -> char {
        let state = |state: State| {
            let n = STATES.iter().position(|(of, _)| *of == state).unwrap_or(0);
            u8::try_from(n).unwrap_or(0)
        };
        match self {
            Self::Rewards(of) => char::from(b'A' + state(of)),
            Self::Cost(Side::Advocate, of) => char::from(b'H' + state(of)),
            Self::Cost(Side::Friend, of) => char::from(b'O' + state(of)),
            simple => SIMPLE.iter().chain(&OF_SHOP).find(|(count, ..)| *count == simple).map_or('?', |found| found.1),
        }
    }

    /// What a letter stands for.
    pub fn of_letter(letter: char) -> Option<Self> {
        Self::all().find(|(_, of, _)| *of == letter).map(|(count, ..)| count)
    }

    /// Whether it is an amount of money, in minor units of the merchant's currency.
    pub const fn is_money(self) -> bool {
        match self {
            Self::Gross
            | Self::Discount
            | Self::Refund
            | Self::Net
            | Self::FlaggedNet
            | Self::AdvocateCost
            | Self::FriendCost
            | Self::FriendDiscount
            | Self::Cost(..)
            | Self::PurchasesNet
            | Self::ReferredNet => true,
            Self::Invites
            | Self::Mails
            | Self::Enrolled
            | Self::Shares
            | Self::Sharers
            | Self::Clicks
            | Self::Visitors
            | Self::Claims
            | Self::Credited
            | Self::Flagged
            | Self::Refused
            | Self::Fraud
            | Self::Void
            | Self::NewBuyers
            | Self::Foreign
            | Self::ByCode
            | Self::ByClick
            | Self::ByBoth
            | Self::ByHand
            | Self::Rewards(_)
            | Self::Purchases
            | Self::NewCustomers
            | Self::Referred
            | Self::ReferredNew
            | Self::Again { .. } => false,
        }
    }

    /// As written in the API.
    pub fn name(self) -> String {
        Self::all().find(|(count, ..)| *count == self).map(|found| found.2).unwrap_or_default()
    }
}
