//! One question to the GraphQL Admin API. Shopify answers 200 whatever happens: what went wrong stands in `errors`, and
//! what it will not do in `userErrors`. Source: Shopify API limits (calculated query costs).

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::api::{ApiFailure, Caller};
use super::api::path;
use crate::domain::person::printable;

/// How long to wait when Shopify does not say.
const SHORT: SignedDuration = SignedDuration::from_secs(1);
const LONGEST: SignedDuration = SignedDuration::from_mins(1);
/// What is kept of what Shopify says, in characters.
pub(super) const SHOWN: usize = 200;

#[derive(Deserialize)]
struct Reply {
    #[serde(default)]
    data: Value,
    #[serde(default)]
    errors: Value,
    #[serde(default)]
    extensions: Value,
}

/// Asks; answers `data`.
pub(super) async fn ask(caller: &Caller, query: &str, variables: Value) -> Result<Value, ApiFailure> {
    let body = json!({"query": query, "variables": variables});
    let answer = caller.call::<Reply>("POST", &path("graphql"), &[], Some(&body)).await?;
    let Reply { data, errors, extensions } = answer.body;
    match failure(&errors, &extensions) {
        Some(failure) => Err(failure),
        None if data.is_object() => Ok(data),
        None => Err(ApiFailure::Nonsense("at data".into())),
    }
}

/// What `errors` mean; some of them are a text and not a list.
fn failure(errors: &Value, extensions: &Value) -> Option<ApiFailure> {
    let first = match errors {
        Value::Null => return None,
        Value::Array(all) => all.first()?,
        other => other,
    };
    let message = first["message"].as_str().or(first.as_str()).unwrap_or("no reason given");
    Some(match first["extensions"]["code"].as_str().unwrap_or_default() {
        "THROTTLED" => ApiFailure::Throttled(Some(wait(&extensions["cost"]))),
        "ACCESS_DENIED" => ApiFailure::Unauthorized(403),
        "SHOP_INACTIVE" => ApiFailure::Unauthorized(402),
        "INTERNAL_SERVER_ERROR" => ApiFailure::Unavailable("internal error".into()),
        _ => refused(message),
    })
}

/// How long until the bucket has what the question costs.
fn wait(cost: &Value) -> SignedDuration {
    let number = |value: &Value| value.as_f64().filter(|number| *number >= 0.0);
    let throttle = &cost["throttleStatus"];
    let missing = || {
        let asked = number(&cost["requestedQueryCost"])?;
        let (there, rate) = (number(&throttle["currentlyAvailable"])?, number(&throttle["restoreRate"])?);
        (rate > 0.0).then(|| ((asked - there) / rate).ceil())
    };
    let seconds = missing().and_then(|seconds| SignedDuration::try_from_secs_f64(seconds).ok());
    seconds.unwrap_or(SHORT).clamp(SHORT, LONGEST)
}

/// Something that Shopify will not do, in its own words.
pub(super) fn refused(message: &str) -> ApiFailure {
    ApiFailure::Refused { status: 200, detail: printable(message, SHOWN) }
}

/// What Shopify will not do about one part of a question.
#[derive(Debug, Default, Deserialize)]
pub(super) struct UserError {
    #[serde(default)]
    pub(super) message: String,
    #[serde(default)]
    pub(super) code: Option<String>,
}

impl UserError {
    /// The code is one that the shop has already.
    pub(super) fn is_taken(&self) -> bool {
        self.code.as_deref() == Some("TAKEN") || self.message.to_ascii_lowercase().contains("must be unique")
    }

    /// What was named is not there (any more).
    pub(super) fn is_missing(&self) -> bool {
        self.message.to_ascii_lowercase().contains("does not exist")
    }
}

/// The first of a mutation's `userErrors`.
pub(super) fn user_error(payload: &Value) -> Result<Option<UserError>, ApiFailure> {
    let errors: Vec<UserError> = serde_json::from_value(payload["userErrors"].clone())
        .map_err(|_| ApiFailure::Nonsense("at userErrors".into()))?;
    Ok(errors.into_iter().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_to_wait_follows_from_the_bucket() {
        let cost = |asked: f64, there: f64, rate: f64| json!({"requestedQueryCost": asked, "throttleStatus": {"currentlyAvailable": there, "restoreRate": rate}});
        for (cost, seconds) in [
            (cost(500.0, 100.0, 100.0), 4),
            (cost(500.0, 99.0, 100.0), 5),
            (cost(10.0, 100.0, 100.0), 1),
            (cost(900_000.0, 0.0, 1.0), 60),
            (cost(10.0, 0.0, 0.0), 1),
            (json!(null), 1),
        ] {
            assert_eq!(wait(&cost), SignedDuration::from_secs(seconds), "{cost}");
        }
    }

    #[test]
    fn each_error_means_one_thing() {
        let error = |code: &str| json!([{"message": "it says", "extensions": {"code": code}}]);
        let none = json!({});
        assert_eq!(failure(&Value::Null, &none), None);
        assert_eq!(failure(&json!([]), &none), None);
        assert_eq!(failure(&error("THROTTLED"), &none), Some(ApiFailure::Throttled(Some(SHORT))));
        assert_eq!(failure(&error("ACCESS_DENIED"), &none), Some(ApiFailure::Unauthorized(403)));
        assert_eq!(failure(&error("INTERNAL_SERVER_ERROR"), &none).map(|it| it.is_passing()), Some(true));
        for errors in [error("MAX_INPUT_SIZE_EXCEEDED"), json!("it says"), json!([{"message": "it says"}])] {
            assert_eq!(failure(&errors, &none), Some(refused("it says")), "{errors}");
        }
    }
}
