//! Links as people paste them, and who opens them.
