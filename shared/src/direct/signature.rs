//! Signature version 4, as far as a POST with a short body to the root of an AWS service needs it. The rules:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.

use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use hmac::{Hmac, Mac};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

use crate::crypto::{hex, hmac_sha256, mac};

/// What every call is signed with.
pub(super) struct Signer {
    access_key: String,
    secret: String,
    session_token: Option<String>,
    /// The `region/service/aws4_request` of each signature.
    scope: [String; 3],
    /// The key that signs on a day, and that day. Making it takes as long as signing.
    of_day: Mutex<Option<(String, Hmac<Sha256>)>>,
}

/// The headers that a signature adds.
pub(super) struct Signed {
    /// `x-amz-date`.
    pub(super) date: String,
    /// `authorization`.
    pub(super) authorization: String,
}

impl Signer {
    pub(super) fn new(credentials: &aws_credential_types::Credentials, region: &str, service: &str) -> Self {
        Self {
            access_key: credentials.access_key_id().to_owned(),
            secret: credentials.secret_access_key().to_owned(),
            session_token: credentials.session_token().map(str::to_owned),
            scope: [region, service, "aws4_request"].map(str::to_owned),
            of_day: Mutex::default(),
        }
    }

    /// `x-amz-security-token`, if the credentials have one.
    pub(super) fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }

    /// Signs a POST of `body` to `https://{host}/` with these headers, and those of the signature itself. `headers`: by name,
    /// in small letters and in their order; their values as they are sent, without space around them. `host` and
    /// `x-amz-date` are added here.
    pub(super) fn sign(&self, host: &str, headers: &[(&'static str, &str)], body: &[u8], at: Timestamp) -> Signed {
        let date = basic(at);
        let mut all: Vec<(&str, &str)> = headers.to_vec();
        all.extend([("host", host), ("x-amz-date", &*date)]);
        all.sort_unstable();
        let mut canonical = String::with_capacity(2048);
        canonical.push_str("POST\n/\n\n");
        for (name, value) in &all {
            canonical.extend([*name, ":", *value, "\n"]);
        }
        let names = all.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        canonical.extend(["\n", &*names, "\n", &*hex(&Sha256::digest(body))]);

        let day = &date[..8];
        let scope = format!("{day}/{}", self.scope.join("/"));
        let mut signature = self.key_of(day);
        for part in ["AWS4-HMAC-SHA256\n", &date, "\n", &scope, "\n", &hex(&Sha256::digest(canonical))] {
            signature.update(part.as_bytes());
        }
        let mut authorization = String::with_capacity(256);
        let _ = write!(
            authorization,
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={}",
            self.access_key,
            hex(&signature.finalize().into_bytes())
        );
        Signed { date, authorization }
    }

    /// The key that signs on this day, ready to sign.
    fn key_of(&self, day: &str) -> Hmac<Sha256> {
        // Nothing panics while it holds the lock; should it ever, what is in it is whole.
        let mut of_day = self.of_day.lock().unwrap_or_else(PoisonError::into_inner);
        match &*of_day {
            Some((known, key)) if known == day => key.clone(),
            _ => {
                let secret = format!("AWS4{}", self.secret);
                let mut key = hmac_sha256(secret.as_bytes(), &[day.as_bytes()]);
                for part in &self.scope {
                    key = hmac_sha256(&key, &[part.as_bytes()]);
                }
                let key = mac(&key);
                *of_day = Some((day.to_owned(), key.clone()));
                key
            }
        }
    }
}

/// A time as `20261122T143000Z`.
fn basic(at: Timestamp) -> String {
    let at = at.to_zoned(TimeZone::UTC);
    let (year, month, day) = (at.year(), at.month(), at.day());
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z", at.hour(), at.minute(), at.second())
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use aws_credential_types::Credentials;
    use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
    use aws_sigv4::sign::v4::SigningParams;
    use proptest::prelude::*;

    use super::*;

    const HOST: &str = "dynamodb.eu-north-1.amazonaws.com";

    fn credentials(token: Option<String>) -> Credentials {
        Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token, None, "test")
    }

    /// What AWS's own library makes of the same call.
    fn theirs(token: Option<String>, target: &str, body: &[u8], at: Timestamp) -> (String, String) {
        let identity = credentials(token).into();
        let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(at.as_second().unsigned_abs());
        let params = SigningParams::builder().identity(&identity).region("eu-north-1").name("dynamodb");
        let params = params.time(time).settings(SigningSettings::default()).build().expect("all there").into();
        let headers = [("content-type", "application/x-amz-json-1.0"), ("x-amz-target", target)];
        let url = format!("https://{HOST}/");
        let request = SignableRequest::new("POST", &url, headers.into_iter(), SignableBody::Bytes(body));
        let (instructions, _) = sign(request.expect("a request"), &params).expect("signs").into_parts();
        let of = |name: &str| instructions.headers().find(|header| header.0 == name).expect(name).1.to_owned();
        (of("x-amz-date"), of("authorization"))
    }

    proptest! {
        #[test]
        fn it_signs_as_awss_own_library_does(
            token in proptest::option::of("[A-Za-z0-9+/=]{1,400}"), target in "DynamoDB_20120810\\.[A-Z][A-Za-z]{1,20}",
            body in proptest::collection::vec(any::<u8>(), 0..600), seconds in 0_i64..4_000_000_000,
        ) {
            let at = Timestamp::from_second(seconds).expect("in range");
            let credentials = credentials(token.clone());
            let signer = Signer::new(&credentials, "eu-north-1", "dynamodb");
            let mut headers = vec![("content-type", "application/x-amz-json-1.0")];
            headers.extend(signer.session_token().map(|token| ("x-amz-security-token", token)));
            headers.push(("x-amz-target", &*target));
            // The second time the day's key is at hand; on the next day it is another one.
            for at in [at, at, at + jiff::SignedDuration::from_hours(24)] {
                let ours = signer.sign(HOST, &headers, &body, at);
                prop_assert_eq!((ours.date, ours.authorization), theirs(token.clone(), &target, &body, at));
            }
        }
    }
}
