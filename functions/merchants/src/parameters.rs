//! Which query parameters each route takes; the others take none.

use shared::http::Route;

/// A page of a list.
const PAGE: &[&str] = &["limit", "cursor"];

pub(crate) const ROUTES: &[Route] = &[
    Route::new("GET /v1/shops", PAGE),
    Route::new("GET /v1/programs/{id}/mails/{kind}", &["locale", "variant"]),
    Route::new("GET /v1/orders/{shop}/{order}/why", &["replay"]),
    Route::new("GET /v1/referrals", &["state", "program", "shop", "advocate", "code", "email", "limit", "cursor"]),
    Route::new(
        "GET /v1/rewards",
        &["side", "state", "program", "shop", "advocate", "referral", "code", "email", "limit", "cursor"],
    ),
    Route::new("POST /v1/import/customers", &["unknown_columns"]),
    Route::new("GET /v1/invites", &["state", "limit", "cursor"]),
    Route::new("GET /v1/audit", PAGE),
    Route::new("GET /v1/advocates/{id}/ledger", PAGE),
    Route::new("GET /v1/ledger/check", &["cursor"]),
    Route::new("GET /v1/webhook-endpoints/{id}/deliveries", &["state", "limit", "cursor"]),
    Route::new("GET /v1/privacy/requests", &["state", "limit", "cursor"]),
    Route::new("GET /v1/parked", PAGE),
    Route::new("GET /v1/stats", &["program", "from", "to", "group_by", "limit"]),
    Route::new("GET /v1/export/events", &["program", "shop", "from", "to", "limit", "cursor"]),
    Route::new("GET /v1/usage", &["program", "from", "to", "region"]),
];
