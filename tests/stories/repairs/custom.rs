//! Shops that send signed events of their own.
