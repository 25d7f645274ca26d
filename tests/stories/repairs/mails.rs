//! Mails that arrive.
