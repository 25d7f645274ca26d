//! What the Lambda functions have in common. Arrows go one way: `functions → shared → domain`.

pub mod app;
pub mod clock;
#[cfg(feature = "delivery")]
mod codes;
pub mod config;
#[cfg(feature = "outbound")]
pub mod connection;
pub mod crypto;
#[cfg(feature = "delivery")]
pub mod delivery;
pub mod digest;
pub mod direct;
pub mod enrol;
pub mod events;
pub mod find;
pub mod http;
#[cfg(feature = "outbound")]
pub mod intake;
pub mod invites;
#[cfg(feature = "outbound")]
pub mod jobs;
#[cfg(feature = "letters")]
pub mod mail;
#[cfg(feature = "outbound")]
pub mod outbound;
pub mod owed;
#[cfg(feature = "outbound")]
pub mod parking;
pub mod platform;
#[cfg(feature = "delivery")]
mod prepared;
pub mod presets;
pub mod privacy;
pub mod settle;
pub mod store;
mod store_error;
pub mod telemetry;
mod trust;
pub mod webhook;

pub use app::App;
/// The rules, a crate of their own: no async, no AWS, no clock.
pub use domain;
