//! Which query parameters each route takes; the others take none.

use shared::http::Route;

/// A page of a list.
const PAGE: &[&str] = &["limit", "cursor"];

pub(crate) const ROUTES: &[Route] = &[
    Route::new("GET /v1/shops", PAGE),
    Route::new("GET /v1/programs/{id}/mails/{kind}", &["locale", "variant"]),
    Route::new("GET /v1/webhook-endpoints/{id}/deliveries", &["state", "limit", "cursor"]),
];
