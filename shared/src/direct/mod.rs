//! DynamoDB without the SDK's machinery: a call is signed, posted and read, and nothing else. For the click path alone,
//! where the machinery took more processor time than all else that a click does (`infra/adr/0022-…`); whatever is
//! not in a shopper's way uses the SDK.

mod signature;

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::http::{HttpError, Request};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use jiff::Timestamp;
use serde::Deserialize;
use tokio::time::{sleep, timeout};

use self::signature::Signer;
use crate::crypto::random;
use crate::store_error::StoreError;

/// How often a call is made before it is given up.
const ATTEMPTS: u8 = 3;
/// How long one attempt may take. DynamoDB answers in some milliseconds; what takes longer than this is a connection that
/// broke while the sandbox slept, and the next attempt makes a new one.
const ATTEMPT: Duration = Duration::from_millis(350);
/// The wait before the second attempt is random and at most this long; before the third at most twice that. Milliseconds.
const PAUSE: u64 = 50;

const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

/// A connection to DynamoDB.
pub struct Direct {
    http: SharedHttpConnector,
    /// Where calls go, e.g. `https://dynamodb.eu-north-1.amazonaws.com/`.
    url: String,
    host: String,
    signer: Signer,
}

/// What DynamoDB says when it does not do as asked.
#[derive(Deserialize)]
struct Refusal {
    #[serde(rename = "__type", default)]
    kind: String,
    #[serde(default, alias = "Message")]
    message: Option<String>,
}

impl Direct {
    /// `endpoint`: where DynamoDB is, if not at AWS.
    pub fn new(http: SharedHttpConnector, endpoint: Option<String>, region: &str, credentials: &Credentials) -> Self {
        let url = endpoint.unwrap_or_else(|| of_region(region));
        let url = format!("{}/", url.trim_end_matches('/'));
        let host = url.split('/').nth(2).unwrap_or_default().to_owned();
        Self { http, url, host, signer: Signer::new(credentials, region, "dynamodb") }
    }

    /// Calls an operation, such as `GetItem`, up to three times while it seems that another time may help. `body`: the
    /// request, told whether it was perhaps applied before. `read`: what the answer says.
    pub(crate) async fn call<T>(
        &self,
        operation: &str,
        body: impl Fn(bool) -> Vec<u8> + Send,
        read: impl Fn(&[u8]) -> Result<T, StoreError> + Send,
    ) -> Result<T, StoreError> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let answer = match timeout(ATTEMPT, self.once(operation, body(attempt > 1))).await {
                Ok(answer) => answer.and_then(|answer| read(&answer)),
                Err(late) => Err(StoreError::Unavailable(late.to_string())),
            };
            let failure = match answer {
                Err(failure @ (StoreError::Busy(_) | StoreError::Unavailable(_))) => failure,
                answer => return answer,
            };
            if attempt == ATTEMPTS {
                return Err(failure);
            }
            let most = PAUSE << (attempt - 1);
            sleep(Duration::from_millis(u64::from_be_bytes(random()) % most)).await;
        }
    }

    async fn once(&self, operation: &str, body: Vec<u8>) -> Result<Vec<u8>, StoreError> {
        let request = self.request(operation, body).map_err(|e| StoreError::Refused(e.to_string()))?;
        let unavailable = |failure: &dyn std::error::Error| {
            // What broke is at the end of the chain.
            let cause = std::iter::successors(Some(failure), |failure| failure.source()).last();
            StoreError::Unavailable(cause.map(ToString::to_string).unwrap_or_default())
        };
        let response = self.http.call(request).await.map_err(|e| unavailable(&e))?;
        let status = response.status().as_u16();
        let body = ByteStream::new(response.into_body()).collect().await.map_err(|e| unavailable(&e))?.to_vec();
        if status == 200 { Ok(body) } else { Err(refusal(status, &body)) }
    }

    fn request(&self, operation: &str, body: Vec<u8>) -> Result<Request, HttpError> {
        let target = format!("DynamoDB_20120810.{operation}");
        let mut headers = vec![("content-type", CONTENT_TYPE), ("x-amz-target", &*target)];
        headers.extend(self.signer.session_token().map(|token| ("x-amz-security-token", token)));
        let signed = self.signer.sign(&self.host, &headers, &body, Timestamp::now());
        let mut request = Request::new(SdkBody::from(body));
        request.set_method("POST")?;
        request.set_uri(self.url.as_str())?;
        let of_ours = request.headers_mut();
        for (name, value) in headers {
            of_ours.try_insert(name, value.to_owned())?;
        }
        of_ours.try_insert("x-amz-date", signed.date)?;
        of_ours.try_insert("authorization", signed.authorization)?;
        of_ours.try_insert("user-agent", concat!("Goodword/", env!("CARGO_PKG_VERSION")))?;
        Ok(request)
    }
}

fn refusal(status: u16, body: &[u8]) -> StoreError {
    match serde_json::from_slice::<Refusal>(body) {
        // `com.amazonaws.dynamodb.v20120810#ThrottlingException`
        Ok(Refusal { kind, message }) if !kind.is_empty() => {
            StoreError::told(kind.rsplit('#').next().unwrap_or_default(), message.as_deref())
        }
        _ => StoreError::Unavailable(format!("status {status} without a reason")),
    }
}

/// Where DynamoDB is in a region. Where AWS is cut off from the world its names are others still; there
/// `AWS_ENDPOINT_URL_DYNAMODB` names it.
fn of_region(region: &str) -> String {
    let suffix = match region.split('-').next() {
        Some("cn") => "amazonaws.com.cn",
        Some("eusc") => "amazonaws.eu",
        _ => "amazonaws.com",
    };
    format!("https://dynamodb.{region}.{suffix}")
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};

    use super::*;

    #[tokio::test]
    async fn it_looks_for_dynamodb_where_the_sdk_does() {
        for region in ["eu-north-1", "us-east-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1", "ap-southeast-7"] {
            let params = Params::builder().region(region).build().expect("all there");
            let theirs = DefaultResolver::new().resolve_endpoint(&params).await.expect("an endpoint");
            assert_eq!(of_region(region), theirs.url(), "{region}");
        }
    }

    #[test]
    fn a_refusal_is_known_by_its_name() {
        let of = |body: &str| refusal(400, body.as_bytes());
        let kind = |name: &str| of(&format!("{{\"__type\":\"com.amazonaws.dynamodb.v20120810#{name}\"}}"));
        assert!(kind("ConditionalCheckFailedException").is_condition());
        assert!(matches!(kind("ProvisionedThroughputExceededException"), StoreError::Busy(_)));
        assert!(matches!(kind("InternalServerError"), StoreError::Unavailable(_)));
        assert!(matches!(kind("ResourceNotFoundException"), StoreError::Refused(_)));
        assert!(matches!(of("<html>"), StoreError::Unavailable(_)));
        let told = of("{\"__type\":\"com.amazon.coral.service#ExpiredTokenException\",\"Message\":\"expired\"}");
        assert_eq!(told.to_string(), "storage refused: ExpiredTokenException: expired");
    }
}
