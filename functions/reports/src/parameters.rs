//! Which query parameters each route takes; the others take none.

use shared::http::Route;

pub(crate) const ROUTES: &[Route] = &[
    Route::new("GET /v1/stats", &["program", "from", "to", "group_by", "limit", "format"]),
    Route::new("GET /v1/export/events", &["program", "shop", "from", "to", "limit", "cursor", "format"]),
    Route::new("GET /v1/usage", &["program", "from", "to", "region"]),
];
