//! A program as it is answered: what the merchant set, and what the engine added.

use serde_json::{Map, Value, json};
use shared::domain::program::Program;

use super::mails;
use super::warn::Warning;

/// Everything that can be set, as it can be sent again.
pub(super) fn settings(program: &Program) -> Map<String, Value> {
    let settings = json!({
        "name": program.name,
        "shop": program.shop,
        "destination": program.destination,
        "window_days": program.window_days,
        "hold_days": program.hold_days,
        "hold_from": program.hold_from,
        "state": program.state,
        "starts_at": program.starts_at,
        "ends_at": program.ends_at,
        "qualify": program.qualify,
        "rewards": program.rewards,
        "stacking": program.stacking,
        "budget": program.budget,
        "clawback": program.clawback,
        "review": program.review,
        "mails": mails::view(&program.mails),
        "codes_on_subscriptions": program.codes_on_subscriptions,
    });
    match settings {
        Value::Object(settings) => settings,
        _ => Map::new(),
    }
}

/// The whole program.
pub(super) fn program(program: &Program) -> Value {
    let mut view = json!({
        "id": program.id,
        "version": program.version,
        "version_at": program.version_at,
        "time_zone": program.time_zone,
        "created_at": program.created_at,
    });
    if let Value::Object(fields) = &mut view {
        fields.append(&mut settings(program));
    }
    view
}

/// The whole program, with what its merchant may want to think about.
pub(super) fn saved(saved: &Program, warnings: &[Warning]) -> Value {
    let mut view = program(saved);
    view["warnings"] = self::warnings(warnings);
    view
}

/// As answered.
pub(super) fn warnings(warnings: &[Warning]) -> Value {
    warnings.iter().map(|warning| json!({"pointer": warning.pointer, "detail": warning.detail})).collect()
}
