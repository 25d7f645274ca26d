//! `GET /v1/program-presets`: programs to start from.

use serde_json::{Value, json};
use shared::App;
use shared::http::{Answer, ApiError, Call};
use shared::presets::PRESETS;

/// `GET /v1/program-presets`.
pub(crate) async fn list(app: &App, call: &Call) -> Result<Answer, ApiError> {
    call.merchant(app).await?;
    let mut data = Vec::with_capacity(PRESETS.len());
    for preset in PRESETS {
        let program: Value = serde_json::from_str(preset.program).map_err(ApiError::internal)?;
        data.push(json!({"name": preset.name, "description": preset.description, "program": program}));
    }
    Ok(Answer::ok(json!({"data": data, "next": null})))
}
