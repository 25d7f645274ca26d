//! Goodword on one machine: the routes, tables, streams and schedules of `template.yaml`, on an embedded DynamoDB and
//! a stand-in for SES. `cargo run` and the stories in `tests/` start the same engine.

mod control;
mod data;
pub mod demo;
mod embedded;
pub mod engine;
mod feed;
mod gateway;
mod guard;
pub mod inbox;
pub mod meter;
pub mod out;
pub mod ses_events;
pub mod template;
mod watch;
pub mod wire;

pub use data::Lock;
pub use engine::{Engine, Options};
