//! Faults that real shops, people and machines found, each under its number: `repair_07_…` is a test of the seventh.
//! Controls stand beside them: what a lazy mend would break.

mod access;
mod acts;
mod api;
mod attribution;
mod codes;
mod custom;
mod deploy;
mod discounts;
mod links;
mod mails;
mod owed;
mod own_visits;
mod people;
mod platforms;
mod runtime;
mod woocommerce;
