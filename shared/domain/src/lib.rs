//! The rules of referral, as pure functions: no async, no AWS, no clock, no randomness. Time and ids are passed in.
//! `Cargo.toml` keeps that wall: what it does not name can't be used here. Everybody else sees this crate as `shared::domain`.
//!
//! ```text
//! webhook ─► fold ─► Facts ─► decide ─► Decision ─► reconcile ─► referral, postings, mails
//!            order.rs         decide.rs             reconcile.rs
//! ```

pub mod act;
pub mod amount;
pub mod brand;
pub mod channel;
pub mod code;
mod counterfactual;
pub mod coupon;
pub mod customer;
pub mod days;
pub mod decide;
pub mod decision;
pub mod disposable;
pub mod doing;
pub mod email;
pub mod endpoint;
pub mod event;
mod evidence;
pub mod id;
pub mod invite;
pub mod kpi;
pub mod ledger;
pub mod mail;
pub mod mark;
pub mod mix;
pub mod moment;
pub mod money;
pub mod notes;
pub mod order;
pub mod origin;
pub mod permission;
pub mod person;
pub mod platform;
pub mod portion;
pub mod privacy;
pub mod program;
pub mod reconcile;
pub mod referral;
pub mod reputation;
mod rewards;
pub mod room;
mod rules;
mod sentence;
pub mod share;
pub mod signals;
pub mod standing;
pub mod storefront;
pub mod tally;
mod telling;
pub mod text;
mod till;
pub mod usage;
pub mod variant;
mod within;

#[cfg(test)]
mod permutations;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod samples;
