//! What is said on standard output. Whoever reads it may stop early, as `head` does: the rest is then said to nobody.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

static GONE: AtomicBool = AtomicBool::new(false);

/// Says a line.
pub fn say(line: impl Display) {
    if writeln!(io::stdout().lock(), "{line}").is_err() {
        GONE.store(true, Ordering::Relaxed);
    }
}

/// Whether all that was said so far could be read.
pub fn has_reader() -> bool {
    !GONE.load(Ordering::Relaxed)
}
