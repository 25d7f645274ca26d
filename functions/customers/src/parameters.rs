//! Which query parameters each route takes; the others take none.

use shared::http::Route;

/// A page of a list.
const PAGE: &[&str] = &["limit", "cursor"];

pub(crate) const ROUTES: &[Route] = &[
    Route::new("POST /v1/import/customers", &["unknown_columns"]),
    Route::new("GET /v1/invites", &["state", "limit", "cursor"]),
    Route::new("GET /v1/advocates", &["email", "customer_id", "shop"]),
    Route::new("GET /v1/advocates/{id}/ledger", PAGE),
    Route::new("GET /v1/privacy/requests", &["state", "limit", "cursor"]),
];
