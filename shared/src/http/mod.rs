//! The HTTP edge: the only files that know status codes. A handler makes a [`Call`] of its request, routes it, and
//! finishes it; everything between speaks in values and [`ApiError`]s.

mod body;
mod call;
mod error;
mod fields;
mod gateway;
mod html;
mod idempotency;
mod lines;
mod owned;
mod page;
mod patch;
mod route;
mod table;
mod told;
pub mod views;

pub use body::{MAX_API_BODY, MAX_UPLOAD_BODY, MAX_WEBHOOK_BODY, or_default, parse, parse_webhook};
pub use call::{Answer, Call};
pub use error::{ApiError, Fault, Faults};
pub use fields::{Field, Fields};
pub use gateway::{GatewayAnswer, answer, joined, request, run, serve};
pub use html::{Forms, html, mail_page};
pub use idempotency::{Begun, begin, commit, done, once, once_by, save};
pub use lines::{LineError, Lines, line_faults, read_json_lines, read_line};
pub use owned::{NO_SUCH_ENDPOINT, NO_SUCH_POOL, no_such_code, own_link, own_shop};
pub use page::{PageRequest, cursor, page_body, uncursor};
pub use patch::Patch;
pub use route::{Route, Routed, boxed};
pub use table::{Format, csv, csv_body, json_lines};
pub use told::Told;
