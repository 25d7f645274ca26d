//! The rules of referral, as pure functions: no async, no AWS, no clock, no randomness. Time and ids are passed in.
//!
//! ```text
//! webhook ─► fold ─► Facts ─► decide ─► Decision ─► reconcile ─► referral, postings, mails
//!            order.rs         decide.rs             reconcile.rs
//! ```

pub mod channel;
pub mod code;
pub mod coupon;
pub mod decide;
pub mod decision;
pub mod email;
pub mod endpoint;
pub mod id;
pub mod ledger;
pub mod money;
pub mod order;
pub mod person;
pub mod platform;
pub mod program;
pub mod reconcile;
pub mod referral;
mod sentence;
pub mod storefront;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod samples;
