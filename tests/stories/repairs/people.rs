//! Who is one person, and what happens to orders of one buyer at once.
