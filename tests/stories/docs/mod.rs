//! The documents are true as far as a machine can tell: short enough to read, every link and path leads somewhere, and
//! every shell block of the README and the guides runs here as it stands, or is excused with a reason.

mod page;
mod pages;
mod played;
mod shell;
mod shops;
