//! Stands between the functions and DynamoDB as it is posted to: counts what each flow consumes, and holds functions to
//! their policies. The SDK and the redirect's own client go by it alike; production code knows nothing of it.

use aws_sdk_dynamodb::config::SharedHttpClient;
use aws_smithy_http_client::Connector;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use serde_json::json;

use crate::guard::Guard;
use crate::meter::{Meter, calling_flow};

/// A connector that is watched.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    http: SharedHttpConnector,
    meter: Meter,
    guard: Guard,
}

impl Watched {
    /// Plain HTTP: nothing here looks for certificates, and nothing leaves this machine.
    pub(crate) fn new(meter: Meter, guard: Guard) -> Self {
        Self { http: SharedHttpConnector::new(Connector::builder().build_http()), meter, guard }
    }

    /// For the SDK.
    pub(crate) fn client(&self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self.clone());
        http_client_fn(move |_, _| connector.clone())
    }
}

impl HttpConnector for Watched {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        // This is still the task of the function that calls; the future may be anybody's.
        let flow = calling_flow();
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body = request.body().bytes().unwrap_or_default();
        let function = flow.as_ref().map(|flow| flow.function.as_str());
        if let Some(problem) = function.and_then(|function| self.guard.problem(function, &operation, body)) {
            tracing::error!(problem);
            return HttpConnectorFuture::ready(refused(&problem));
        }
        let request = match asking_for_units(request) {
            Ok(request) => request,
            Err(failure) => return HttpConnectorFuture::ready(Err(failure)),
        };
        let watched = self.clone();
        HttpConnectorFuture::new(async move {
            let response = watched.http.call(request).await?;
            let (status, headers) = (response.status(), response.headers().clone());
            let body = ByteStream::new(response.into_body()).collect().await;
            let body = body.map_err(|failure| ConnectorError::io(failure.into()))?.into_bytes();
            let flow = flow.map_or_else(|| "other".to_owned(), |flow| flow.name);
            watched.meter.count(&flow, &operation, &body);
            let mut response = HttpResponse::new(status, SdkBody::from(body));
            *response.headers_mut() = headers;
            Ok(response)
        })
    }
}

/// The request, with the wish to be told what it took.
fn asking_for_units(mut request: HttpRequest) -> Result<HttpRequest, ConnectorError> {
    let body = request.body().bytes().unwrap_or_default();
    let Some(rest) = body.strip_prefix(b"{") else { return Ok(request) };
    let body = [br#"{"ReturnConsumedCapacity":"INDEXES","#, rest].concat();
    let length = body.len().to_string();
    *request.body_mut() = SdkBody::from(body);
    let wrong = |failure| ConnectorError::user(Box::new(failure));
    request.headers_mut().try_insert("content-length", length).map_err(wrong)?;
    Ok(request)
}

/// What AWS answers to who may not.
fn refused(problem: &str) -> Result<HttpResponse, ConnectorError> {
    let body = json!({"__type": "com.amazon.coral.service#AccessDeniedException", "message": problem});
    let status = 400.try_into().map_err(|failure| ConnectorError::other(Box::new(failure), None))?;
    Ok(HttpResponse::new(status, SdkBody::from(body.to_string())))
}
