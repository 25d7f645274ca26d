//! Which link an order is credited to, and what is told of it later.
