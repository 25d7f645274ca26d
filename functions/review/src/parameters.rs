//! Which query parameters each route takes; the others take none.

use shared::http::Route;

/// A page of a list.
const PAGE: &[&str] = &["limit", "cursor"];

pub(crate) const ROUTES: &[Route] = &[
    Route::new("GET /v1/orders/{shop}/{order}/why", &["replay"]),
    Route::new(
        "GET /v1/referrals",
        &["state", "program", "shop", "advocate", "code", "email", "customer_id", "limit", "cursor"],
    ),
    Route::new(
        "GET /v1/rewards",
        &[
            "side",
            "state",
            "program",
            "shop",
            "advocate",
            "referral",
            "code",
            "email",
            "customer_id",
            "to_pay",
            "format",
            "limit",
            "cursor",
        ],
    ),
    Route::new("GET /v1/audit", PAGE),
    Route::new("GET /v1/ledger/check", &["cursor"]),
    Route::new("GET /v1/parked", PAGE),
];
