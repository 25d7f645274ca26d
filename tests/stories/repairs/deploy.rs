//! What a deployment needs that no linter knows, and what it guards.
