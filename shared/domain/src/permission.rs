//! What a shop's credentials may do on its platform, as far as the platform has told: by a trial that changes nothing when
//! they are saved, and by what it answers afterwards.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::platform::Platform;

/// Whether one thing may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    Ok,
    /// The platform refuses it.
    Missing,
    /// The platform did not say: it could not be reached, or answered something else.
    Unknown,
}

/// What is needed of a platform, and whether it may be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permissions {
    /// Reading orders and their refunds.
    pub orders: Permission,
    /// Making, changing and deleting codes for the checkout.
    pub codes: Permission,
    /// Why something is not known, without personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When the platform said so.
    pub checked_at: Timestamp,
}

impl Permissions {
    /// Nothing is in the way of anything.
    pub fn are_whole(&self) -> bool {
        (self.orders, self.codes) == (Permission::Ok, Permission::Ok)
    }

    /// The same but for when it was said.
    pub fn say_the_same_as(&self, other: &Self) -> bool {
        (self.orders, self.codes, &self.error) == (other.orders, other.codes, &other.error)
    }

    /// What the merchant has to give the engine, in words; `None`: nothing is known to be missing.
    pub const fn needs(&self, platform: Platform) -> Option<&'static str> {
        use Permission::Missing;
        use Platform::{Bigcommerce, Custom, Shopify, Woocommerce};
        Some(match (platform, self.orders, self.codes) {
            (Woocommerce, Missing, Missing) => {
                "a REST API key that the shop accepts: both values whole, not revoked, with permission Read/Write, and a web \
                 server that hands the header Authorization to PHP"
            }
            (Woocommerce, Missing, _) => {
                "a REST API key with permission Read/Write of a user who may see orders (a shop manager)"
            }
            (Woocommerce, _, Missing) => {
                "a REST API key with permission Read/Write of a user who may manage coupons (a shop manager): this one may \
                 only read, so no codes are made"
            }
            (Shopify, Missing, Missing) => {
                "an app that is installed on this shop, with the scopes read_orders and write_discounts, and its credentials"
            }
            (Shopify, Missing, _) => {
                "the scope read_orders: give it to the app, release that version and accept it in the shop"
            }
            (Shopify, _, Missing) => {
                "the scope write_discounts: give it to the app, release that version and accept it in the shop; until then no \
                 codes are made"
            }
            (Bigcommerce, Missing, Missing) => {
                "the token of an API account of this store, with the scopes Orders: read-only and Marketing: modify"
            }
            (Bigcommerce, Missing, _) => "an API account with the scope Orders: read-only",
            (Bigcommerce, _, Missing) => {
                "an API account with the scope Marketing: modify; until then no codes are made (with codes of your own: nothing)"
            }
            (Custom, ..) | (_, Permission::Ok | Permission::Unknown, Permission::Ok | Permission::Unknown) => {
                return None;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Permission::{Missing, Ok, Unknown};
    use super::*;

    #[test]
    fn what_is_missing_is_said_and_nothing_else() {
        let said = |platform, orders, codes| {
            Permissions { orders, codes, error: None, checked_at: Timestamp::UNIX_EPOCH }.needs(platform)
        };
        for platform in [Platform::Woocommerce, Platform::Shopify, Platform::Bigcommerce] {
            for (orders, codes) in [(Ok, Ok), (Ok, Unknown), (Unknown, Ok), (Unknown, Unknown)] {
                assert_eq!(said(platform, orders, codes), None, "{platform:?}");
            }
            let all = [(Missing, Missing), (Missing, Ok), (Ok, Missing)];
            let all: Vec<_> = all.into_iter().filter_map(|(orders, codes)| said(platform, orders, codes)).collect();
            assert!(all.len() == 3 && all[0] != all[1] && all[1] != all[2] && all[0] != all[2], "{all:?}");
            assert_eq!(said(platform, Unknown, Missing), said(platform, Ok, Missing));
        }
        assert_eq!(said(Platform::Custom, Missing, Missing), None);
    }
}
