//! Programs to start from, as bodies that lack only shop and destination. What each is for is in `presets/README.md`.

/// A program to start from.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    pub name: &'static str,
    /// What it shows, in one line.
    pub description: &'static str,
    /// A body for `POST /v1/programs`, as JSON.
    pub program: &'static str,
}

macro_rules! presets {
    ($($name:literal: $description:literal,)*) => {
        &[$(Preset {
            name: $name,
            description: $description,
            program: include_str!(concat!("../presets/", $name, ".json")),
        }),*]
    };
}

/// All of them.
pub const PRESETS: &[Preset] = presets! {
    "dropbox": "500 MB to both sides; an advocate gets at most 16,000 MB",
    "leesa": "$75 in cash for dear goods, held until 110 days after delivery",
    "threadbeast_friend_discount": "$50 off the friend's first order, a free product for the advocate",
    "threadbeast_friend_product": "a free product with the friend's first order, $50 for the advocate",
    "adore_beauty": "10 % for the friend beside a welcome coupon, $10 for the advocate",
    "uber": "a short code that is typed by hand, $10 to both sides",
    "pottery_barn_kids": "a link to share, 15 % for the friend and a gift card for the advocate",
    "card_issuer_points": "5,000 points to both sides",
    "loyalty_status": "an amount by the advocate's loyalty tier",
    "small_basket_percent": "20 % to both sides, for cheap goods that are bought often",
    "small_basket_fixed": "$1 to both sides, where a new customer must have a known cost",
};
