//! The border to API Gateway: its event (an HTTP API's, payload 2.0) becomes a request, and a response its answer. Lambda and
//! the local runner both go through here.
//!
//! `lambda_http` has such a conversion, but some events end its process while it builds the request. Here no event does: of
//! an event all is optional, and what can't be read is left out. Whoever misses it says so in an answer.
//! The formats: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>.

use std::collections::{BTreeMap, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpRequestContext;
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, Method};
use lambda_http::lambda_runtime::{self, LambdaEvent, service_fn};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Context, Error, Request, RequestExt, Response};
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use url::form_urlencoded;

use super::ApiError;

/// Two years: what browsers ask for before they trust a site's word. Without subdomains, which are the merchant's own.
const HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=63072000");

/// An answer as API Gateway takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayAnswer {
    pub status_code: u16,
    /// Names in small letters; several values of one name are joined by commas.
    pub headers: BTreeMap<String, String>,
    /// Base64 where it is not text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    pub is_base64_encoded: bool,
}

/// Runs a function that answers HTTP, until Lambda ends it.
pub async fn run<F, R>(handle: F) -> Result<(), Error>
where
    F: Fn(Request) -> R,
    R: Future<Output = Result<Response<Body>, Error>>,
{
    let handle = &handle;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Box<RawValue>>| async move {
        serve(event.payload.get(), Some(event.context), handle).await
    }))
    .await
}

/// Answers one event. `context`: what Lambda says beside it.
pub async fn serve<F, R>(event: &str, context: Option<Context>, handle: F) -> Result<GatewayAnswer, Error>
where
    F: FnOnce(Request) -> R,
    R: Future<Output = Result<Response<Body>, Error>>,
{
    let Some(request) = request(event) else {
        let error = ApiError::bad_request("this is no event of an HTTP API");
        return Ok(answer(error.into_response("")));
    };
    let request = match context {
        Some(context) => request.with_lambda_context(context),
        None => request,
    };
    // Boxed, or the compiler gives up on how deep the futures of a whole function are.
    Ok(answer(Box::pin(handle(request)).await?))
}

/// The query as it came, without its question mark.
#[derive(Clone, Debug)]
pub(super) struct RawQuery(pub(super) String);

/// The request that an event tells of; `None`: it tells of none.
pub fn request(event: &str) -> Option<Request> {
    let event: Value = serde_json::from_str(event).ok()?;
    let told = &event["requestContext"];
    if !told.is_object() {
        return None;
    }
    let mut context = ApiGatewayV2httpRequestContext::default();
    context.request_id = text(&told["requestId"]);
    context.route_key = text(&told["routeKey"]);
    context.domain_name = text(&told["domainName"]);
    context.http.source_ip = text(&told["http"]["sourceIp"]);

    let mut request = Request::new(body(&event));
    if let Some(method) = told["http"]["method"].as_str().and_then(|method| Method::from_bytes(method.as_bytes()).ok())
    {
        *request.method_mut() = method;
    }
    *request.headers_mut() = headers(&event);
    // The request's own address stays empty: handlers ask for the path and the query as they came, which need not be what
    // an address may be.
    request.extensions_mut().insert(RawQuery(text(&event["rawQueryString"]).unwrap_or_default()));
    let request = request
        .with_raw_http_path(text(&event["rawPath"]).unwrap_or_default())
        .with_path_parameters(parameters(&event["pathParameters"]))
        .with_query_string_parameters(query(&event))
        .with_request_context(RequestContext::ApiGatewayV2(context));
    Some(request)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn parameters(value: &Value) -> HashMap<String, Vec<String>> {
    let named = value.as_object().into_iter().flatten();
    named.filter_map(|(name, value)| Some((name.clone(), vec![text(value)?]))).collect()
}

/// Every value of a parameter by itself; `queryStringParameters` has them joined by commas.
fn query(event: &Value) -> HashMap<String, Vec<String>> {
    let Some(raw) = event["rawQueryString"].as_str() else { return parameters(&event["queryStringParameters"]) };
    let mut query: HashMap<_, Vec<_>> = HashMap::new();
    for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
        query.entry(name.into_owned()).or_default().push(value.into_owned());
    }
    query
}

fn headers(event: &Value) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in event["headers"].as_object().into_iter().flatten() {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = value.as_str().map(|value| HeaderValue::from_bytes(value.as_bytes()));
        // Two spellings of one name are two headers, and not the last of them.
        if let (Ok(name), Some(Ok(value))) = (name, value) {
            headers.append(name, value);
        }
    }
    headers
}

/// A body that says it is base64 and is not stays as it came: what it was is for the reader to judge.
fn body(event: &Value) -> Body {
    match event["body"].as_str() {
        None => Body::Empty,
        Some(text) if event["isBase64Encoded"] == true => {
            STANDARD.decode(text).map_or_else(|_| text.into(), Body::Binary)
        }
        Some(text) => text.into(),
    }
}

/// Headers as an HTTP API has them: those that come more than once are joined by commas.
pub fn joined(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut joined = BTreeMap::<String, String>::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        joined
            .entry(name.to_string())
            .and_modify(|known| *known = format!("{known},{value}"))
            .or_insert_with(|| value.into_owned());
    }
    joined
}

/// The answer that a response becomes. What all answers have in common is put in here: browsers come back by HTTPS only and
/// take a body for nothing but what it says it is, and nobody keeps an error.
pub fn answer(response: Response<Body>) -> GatewayAnswer {
    let (mut parts, body) = response.into_parts();
    let common = &mut parts.headers;
    common.entry("strict-transport-security").or_insert(HTTPS_ONLY);
    common.entry("x-content-type-options").or_insert(HeaderValue::from_static("nosniff"));
    if parts.status.is_client_error() || parts.status.is_server_error() {
        common.entry("cache-control").or_insert(HeaderValue::from_static("no-store"));
    }
    let headers = joined(&parts.headers);
    let (body, is_base64_encoded) = match body {
        Body::Text(text) => (Some(text), false),
        Body::Binary(bytes) => (Some(STANDARD.encode(bytes)), true),
        _ => (None, false),
    };
    GatewayAnswer { status_code: parts.status.as_u16(), headers, body, is_base64_encoded }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(event: &Value) -> Request {
        request(&event.to_string()).expect("an event of an HTTP API")
    }

    #[test]
    fn an_event_becomes_the_request_that_it_tells_of() {
        let event = json!({
            "rawPath": "/r/A%20B", "rawQueryString": "to=%2Fx+y&v=a&v=b", "queryStringParameters": {"v": "a,b"},
            "headers": {"user-agent": "Blåbär/1.0", "x-shop": "1"}, "pathParameters": {"code": "A B"},
            "requestContext": {"requestId": "id", "routeKey": "POST /r/{code}", "domainName": "r.example",
                "http": {"method": "POST", "sourceIp": "203.0.113.7"}},
            "body": "AP8=", "isBase64Encoded": true,
        });
        let request = read(&event);
        assert_eq!((request.method().as_str(), request.raw_http_path()), ("POST", "/r/A%20B"));
        assert_eq!(request.body().as_ref(), [0, 255]);
        assert_eq!(request.headers()["user-agent"].as_bytes(), "Blåbär/1.0".as_bytes());
        assert_eq!(request.path_parameters().first("code"), Some("A B"));
        assert_eq!(request.extensions().get::<RawQuery>().map(|raw| raw.0.as_str()), Some("to=%2Fx+y&v=a&v=b"));
        let query = request.query_string_parameters();
        assert_eq!((query.first("to"), query.all("v")), (Some("/x y"), Some(vec!["a", "b"])));
        let RequestContext::ApiGatewayV2(context) = request.request_context() else { panic!("an HTTP API's") };
        assert_eq!(context.request_id.as_deref(), Some("id"));
        assert_eq!(context.route_key.as_deref(), Some("POST /r/{code}"));
        assert_eq!(context.domain_name.as_deref(), Some("r.example"));
        assert_eq!(context.http.source_ip.as_deref(), Some("203.0.113.7"));
    }

    #[test]
    fn what_can_t_be_read_is_left_out_and_the_rest_stays() {
        let event = json!({
            "rawPath": 7, "rawQueryString": null, "queryStringParameters": {"to": "/x", "v": ["a"]},
            "headers": {"na me": "1", "bad": "a\u{1}b", "list": ["x"], "none": null, "Host": "a", "host": "b", "good": "1"},
            "pathParameters": {"code": {}, "channel": "mail"}, "body": 5, "isBase64Encoded": "yes",
            "requestContext": {"requestId": 1, "routeKey": "GET /r/{code}", "http": {"method": "G T", "sourceIp": []}},
        });
        let request = read(&event);
        assert_eq!(request.method(), "GET");
        let mut names: Vec<_> = request.headers().keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["good", "host"]);
        assert_eq!(request.headers().get_all("host").iter().count(), 2);
        assert_eq!(request.path_parameters().first("channel"), Some("mail"));
        assert_eq!(request.query_string_parameters().first("to"), Some("/x"));
        assert_eq!(request.body().as_ref(), b"");
    }

    #[test]
    fn what_is_no_event_of_an_http_api_is_none() {
        for event in ["", "{", "[]", "7", "{}", "{\"requestContext\": null}", "{\"Records\": []}"] {
            assert!(request(event).is_none(), "{event}");
        }
    }

    #[tokio::test]
    async fn an_event_that_is_not_read_is_answered_and_handled_by_nobody() {
        let answered = serve("[]", None, |_| async { panic!("there is no request") }).await.expect("an answer");
        assert_eq!(answered.status_code, 400);
        assert_eq!(answered.headers["content-type"], "application/problem+json");
    }

    #[test]
    fn all_answers_hold_browsers_to_https_and_errors_are_not_kept() {
        let of = |status: u16, header: (&'static str, &'static str)| {
            let response = Response::builder().status(status).header(header.0, header.1).body(Body::Empty);
            answer(response.expect("a response")).headers
        };
        for status in [200, 302, 404, 425, 503] {
            let headers = of(status, ("x-other", "1"));
            assert_eq!(headers["strict-transport-security"], "max-age=63072000");
            assert_eq!(headers["x-content-type-options"], "nosniff");
            assert_eq!(headers.contains_key("cache-control"), status >= 400, "{status}");
        }
        assert_eq!(of(404, ("cache-control", "max-age=5"))["cache-control"], "max-age=5");
    }

    #[test]
    fn bytes_are_told_from_text() {
        let of = |body: Body| answer(Response::new(body));
        assert_eq!((of("a".into()).body.as_deref(), of("a".into()).is_base64_encoded), (Some("a"), false));
        let bytes = of(vec![0, 255].into());
        assert_eq!((bytes.body.as_deref(), bytes.is_base64_encoded), (Some("AP8="), true));
        assert_eq!(of(Body::Empty).body, None);
    }

    /// Any JSON, and more often than chance would have it, what looks like an event.
    fn any_event() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        let value = leaf.prop_recursive(3, 24, 6, |inner| {
            let names = prop_oneof![any::<String>(), Just("method".to_owned()), Just("host".to_owned())];
            let object = proptest::collection::vec((names, inner.clone()), 0..6);
            prop_oneof![
                proptest::collection::vec(inner, 0..4).prop_map(Value::from),
                object.prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        });
        proptest::array::uniform8(value).prop_map(|[a, b, c, d, e, f, g, h]| {
            json!({"rawPath": a, "rawQueryString": b, "headers": c, "pathParameters": d, "body": e, "isBase64Encoded": true,
                "queryStringParameters": f, "requestContext": {"http": g, "domainName": h, "routeKey": "GET /r/{code}"}})
        })
    }

    proptest! {
        #[test]
        fn no_event_ends_the_process(event in any_event(), text in any::<String>()) {
            prop_assert!(request(&event.to_string()).is_some());
            let _ = request(&text);
        }
    }
}
