//! API Gateway's part: turns an HTTP request into the event that a function gets, and the function's answer back. The
//! routes come from `template.yaml`; events and answers go through `shared::http::serve` as under Lambda, so what works here
//! works there.

mod routes;

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{Response, StatusCode, header::CONTENT_TYPE, request::Parts};
use axum::response::IntoResponse;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use shared::http::{GatewayAnswer, joined};

use self::routes::{Routes, Target};
use crate::engine::Engine;
use crate::template::Template;

/// API Gateway takes no larger request.
const MAX_BODY: usize = 10 * 1024 * 1024;

/// A router with every route of the template.
pub(crate) fn router(template: &Template, engine: &Engine) -> Router {
    let (routes, engine) = (Arc::new(Routes::of(template)), engine.clone());
    let handler = move |request: Request| {
        let (routes, engine) = (routes.clone(), engine.clone());
        async move {
            match routes.find(request.method().as_str(), request.uri().path()) {
                Some(target) => serve(&engine, target, request).await,
                // API Gateway has no 405: a method without a route is a route that is not there.
                None => not_found(),
            }
        }
    };
    Router::new().fallback(handler).layer(DefaultBodyLimit::max(MAX_BODY))
}

/// What API Gateway says where it has no route.
fn not_found() -> Response<Body> {
    response(StatusCode::NOT_FOUND, "{\"message\":\"Not Found\"}")
}

fn response(status: StatusCode, body: &'static str) -> Response<Body> {
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}

async fn serve(engine: &Engine, target: &Target, request: Request) -> Response<Body> {
    let (function, key) = (target.function.as_str(), target.route.key());
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else {
        return response(StatusCode::PAYLOAD_TOO_LARGE, "{\"message\":\"Request Entity Too Large\"}");
    };
    let event = event(engine, &key, &target.route.path, &parts, &body);
    let served = match engine.answer(function, &event).await {
        Ok(answer) => served(answer).map_err(|failure| failure.to_string()),
        Err(failure) => Err(failure.to_string()),
    };
    served.unwrap_or_else(|failure| {
        tracing::error!(failure, function, "the function failed");
        response(StatusCode::INTERNAL_SERVER_ERROR, "{\"message\":\"Internal Server Error\"}")
    })
}

/// The response that a function's answer asks for.
fn served(answer: GatewayAnswer) -> Result<Response<Body>, axum::http::Error> {
    let mut response = Response::builder().status(answer.status_code);
    for (name, value) in &answer.headers {
        response = response.header(name, value.as_bytes());
    }
    let body = answer.body.unwrap_or_default();
    let body = if answer.is_base64_encoded { STANDARD.decode(body).unwrap_or_default() } else { body.into_bytes() };
    response.body(Body::from(body))
}

/// The payload that an HTTP API sends, format 2.0.
fn event(engine: &Engine, key: &str, path: &str, parts: &Parts, body: &Bytes) -> Value {
    let headers = joined(&parts.headers);
    let host = headers.get("host").cloned().unwrap_or_default();
    let text = std::str::from_utf8(body).ok();
    let raw_path = parts.uri.path();
    json!({
        "version": "2.0",
        "routeKey": key,
        "rawPath": raw_path,
        "rawQueryString": parts.uri.query().unwrap_or_default(),
        "headers": headers,
        "queryStringParameters": query(parts.uri.query().unwrap_or_default()),
        "pathParameters": path_parameters(path, raw_path),
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": host,
            "domainPrefix": "local",
            "http": {
                "method": parts.method.as_str(),
                "path": raw_path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": headers.get("user-agent"),
            },
            "requestId": engine.app.ulid().to_string(),
            "routeKey": key,
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": engine.app.now().as_millisecond(),
        },
        "body": text.map_or_else(|| STANDARD.encode(body), str::to_owned),
        "isBase64Encoded": text.is_none(),
    })
}

/// Parameters as API Gateway gives them: decoded, repeats joined by commas.
fn query(raw: &str) -> HashMap<String, String> {
    let mut parameters: HashMap<String, String> = HashMap::new();
    for (name, value) in reqwest::Url::parse(&format!("http://local/?{raw}")).iter().flat_map(reqwest::Url::query_pairs)
    {
        let value = value.into_owned();
        parameters.entry(name.into_owned()).and_modify(|known| *known = format!("{known},{value}")).or_insert(value);
    }
    parameters
}

fn path_parameters(route: &str, path: &str) -> HashMap<String, String> {
    routes::named(route, path).into_iter().map(|(name, value)| (name.to_owned(), decoded(&value))).collect()
}

fn decoded(segment: &str) -> String {
    // A query value decodes the same way, but for "+", which in a path is itself.
    let pairs = query(&format!("v={}", segment.replace('+', "%2B").replace('&', "%26").replace('#', "%23")));
    pairs.get("v").cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_parameters_are_named_and_decoded() {
        let parameters = path_parameters("/r/{code}/{channel}", "/r/A%20B+C/e-mail");
        assert_eq!(parameters.get("code").map(String::as_str), Some("A B+C"));
        assert_eq!(parameters.get("channel").map(String::as_str), Some("e-mail"));
    }
}
