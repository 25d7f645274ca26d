//! One request, with what handlers ask of it, and its answer.

use lambda_http::http::HeaderMap;
use lambda_http::request::RequestContext;
use lambda_http::{Body, Request, RequestExt, Response};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::body::parse;
use super::gateway::RawQuery;
use super::told::{Told, told};
use super::{ApiError, MAX_API_BODY, Route};
use crate::App;
use crate::crypto::{same_secret, sha256_hex};
use crate::domain::id::MerchantId;
use crate::domain::moment::with_moments;

/// A JSON answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Answer {
    /// 200.
    pub fn ok(body: Value) -> Self {
        Self { status: 200, body }
    }

    /// 201.
    pub fn created(body: Value) -> Self {
        Self { status: 201, body }
    }

    /// 202: taken in.
    pub fn accepted(body: Value) -> Self {
        Self { status: 202, body }
    }

    /// As a response. Here times get the form in which they leave the engine.
    pub fn into_response(self) -> Result<Response<Body>, ApiError> {
        let response = Response::builder().status(self.status).header("content-type", "application/json");
        response
            .header("cache-control", "no-store")
            .body(Body::Text(with_moments(self.body).to_string()))
            .map_err(ApiError::internal)
    }
}

/// A request on its way through a handler.
pub struct Call {
    pub(super) request: Request,
    request_id: String,
    route: String,
    /// The function's routes.
    pub(super) routes: &'static [Route],
}

impl Call {
    /// Takes the request as API Gateway's HTTP API delivers it.
    pub fn new(request: Request) -> Self {
        let RequestContext::ApiGatewayV2(context) = request.request_context() else {
            return Self { request, request_id: String::new(), route: String::new(), routes: &[] };
        };
        let request_id = context.request_id.unwrap_or_default();
        let route = context.route_key.unwrap_or_default();
        Self { request, request_id, route, routes: &[] }
    }

    /// The route as `template.yaml` names it, e.g. `POST /v1/links`.
    pub fn route(&self) -> &str {
        &self.route
    }

    /// The id that the caller and the log know this request by.
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The method, such as `GET`.
    pub fn method(&self) -> &str {
        self.request.method().as_str()
    }

    /// Whether a browser asks for something to show. Programs take anything, or name what they take.
    pub fn wants_page(&self) -> bool {
        self.header("accept").is_some_and(|accept| accept.to_ascii_lowercase().contains("text/html"))
    }

    /// Whether the request was a HEAD.
    pub fn is_head(&self) -> bool {
        self.request.method() == "HEAD"
    }

    /// A part of the path that the route names; empty when the route has no such part.
    pub fn path(&self, name: &str) -> String {
        self.request.path_parameters_ref().and_then(|path| path.first(name)).unwrap_or_default().to_owned()
    }

    /// The whole path as it was asked for.
    pub fn raw_path(&self) -> &str {
        self.request.raw_http_path()
    }

    /// A query parameter.
    pub fn query(&self, name: &str) -> Option<String> {
        self.request.query_string_parameters_ref().and_then(|query| query.first(name)).map(str::to_owned)
    }

    /// The query as it was sent, without the `?`; empty without one.
    pub fn raw_query(&self) -> &str {
        self.request.extensions().get::<RawQuery>().map_or("", |raw| &raw.0)
    }

    /// All headers.
    pub fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// Whether a header came at all.
    pub fn has_header(&self, name: &str) -> bool {
        self.request.headers().contains_key(name)
    }

    /// A header that came exactly once and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.request.headers().get_all(name).iter();
        let value = values.next()?.to_str().ok()?;
        values.next().is_none().then_some(value)
    }

    /// The browser as it names itself; empty when it does not. Not every browser keeps to ASCII.
    pub fn user_agent(&self) -> String {
        let named = self
            .request
            .headers()
            .get("user-agent")
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        named.unwrap_or_default()
    }

    /// The raw body.
    pub fn body(&self) -> &[u8] {
        self.request.body().as_ref()
    }

    /// When Lambda stops the function, in milliseconds since 1970; 0 where nobody does.
    pub fn deadline_ms(&self) -> u64 {
        self.request.lambda_context_ref().map_or(0, |context| context.deadline)
    }

    /// The address the request came from, as API Gateway saw it.
    pub fn source_address(&self) -> String {
        match self.request.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => context.http.source_ip.clone().unwrap_or_default(),
            _ => String::new(),
        }
    }

    /// Our own address as shoppers know it, without a trailing slash.
    pub fn public_url<S>(&self, app: &App<S>) -> String {
        if !app.config.public_url.is_empty() {
            return app.config.public_url.clone();
        }
        let host = match self.request.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => context.domain_name.clone().unwrap_or_default(),
            _ => String::new(),
        };
        format!("https://{host}")
    }

    /// The JSON body of a call to our own API: fields that are unknown, missing or out of range are named.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        self.json_up_to(MAX_API_BODY)
    }

    /// The JSON object of a call whose fields are then read one by one, see [`super::Fields`].
    pub fn object(&self) -> Result<Map<String, Value>, ApiError> {
        self.json()
    }

    /// The body of something that a person does: it may say who and why, beside the rest. No body says nothing.
    pub fn act<T: DeserializeOwned>(&self) -> Result<(T, Told), ApiError> {
        self.act_up_to(MAX_API_BODY)
    }

    /// As [`Call::act`], where there must be a body: an object of fields.
    pub fn act_object(&self) -> Result<(Map<String, Value>, Told), ApiError> {
        if self.body().is_empty() { Ok((self.object()?, Told::default())) } else { self.act() }
    }

    /// As [`Call::act`], for a call that may bring more, in bytes.
    pub fn act_up_to<T: DeserializeOwned>(&self, limit: usize) -> Result<(T, Told), ApiError> {
        if self.body().len() > limit {
            return Err(ApiError::too_large(limit));
        }
        told(if self.body().is_empty() { b"{}" } else { self.body() })
    }

    /// As [`Call::json`], for a call that may bring more, in bytes.
    pub fn json_up_to<T: DeserializeOwned>(&self, limit: usize) -> Result<T, ApiError> {
        if self.body().len() > limit {
            return Err(ApiError::too_large(limit));
        }
        parse(self.body())
    }

    fn bearer(&self) -> Option<&str> {
        let (scheme, key) = self.header("authorization")?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
    }

    /// Whose API key the request carries. The first thing that any call with a key asks: nobody else is told what is wrong
    /// with the rest.
    pub async fn merchant(&self, app: &App) -> Result<MerchantId, ApiError> {
        let key = self.bearer().filter(|key| key.starts_with("gw_")).ok_or_else(ApiError::unauthorized)?;
        let found = app.store.api_key(&sha256_hex(&[key.as_bytes()])).await?;
        let merchant = found.map(|key| key.merchant).ok_or_else(ApiError::unauthorized)?;
        self.only_known_parameters()?;
        Ok(merchant)
    }

    /// Lets only the operator pass.
    pub fn operator(&self, app: &App) -> Result<(), ApiError> {
        let (Some(given), Some(expected)) = (self.bearer(), &app.config.operator_key) else {
            return Err(ApiError::unauthorized());
        };
        same_secret(given, expected).then_some(()).ok_or_else(ApiError::unauthorized)?;
        self.only_known_parameters()
    }

    /// The response to this call.
    pub fn finish(&self, result: Result<Response<Body>, ApiError>) -> Response<Body> {
        result.unwrap_or_else(|error| error.into_response(&self.request_id))
    }

    /// A route that the template sends here but no handler knows: a deployment fault, so it is an error of ours.
    pub fn no_such_route(&self) -> ApiError {
        ApiError::internal(format!("no handler for route {:?}", self.route))
    }
}
