//! Signatures of outgoing webhooks, as Standard Webhooks 1.0 has them ("Signature scheme", symmetric): whoever knows the
//! endpoint's secret can tell that a webhook is ours, when it was sent, and that nobody changed it.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::crypto::hmac_sha256;

const PREFIX: &str = "whsec_";

/// An endpoint's secret. Has no `Debug`, so that nobody logs it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// The text is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be \"{PREFIX}\" and 24 to 64 bytes in base64")]
pub struct InvalidSecret;

impl Secret {
    /// A secret of random bytes.
    pub fn new(random: [u8; 32]) -> Self {
        Self(random.to_vec())
    }

    /// As the receiver is given it. Named so that no one prints it by accident.
    pub fn expose(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// One signature over id, time and body, with its version.
    fn signature(&self, id: &str, sent_at: &str, body: &[u8]) -> String {
        let parts = [id.as_bytes(), b".", sent_at.as_bytes(), b".", body];
        format!("v1,{}", STANDARD.encode(hmac_sha256(&self.0, &parts)))
    }
}

impl FromStr for Secret {
    type Err = InvalidSecret;

    fn from_str(text: &str) -> Result<Self, InvalidSecret> {
        let bytes = text.strip_prefix(PREFIX).and_then(|text| STANDARD.decode(text).ok()).ok_or(InvalidSecret)?;
        (24..=64).contains(&bytes.len()).then_some(Self(bytes)).ok_or(InvalidSecret)
    }
}

/// The headers that prove a webhook. `id` must hold no dot. `sent_at`: seconds since 1970, of this very try. With several
/// secrets there are several signatures, so that either of them verifies while a rotation goes on.
pub fn headers(secrets: &[Secret], id: &str, sent_at: i64, body: &[u8]) -> [(&'static str, String); 3] {
    let sent_at = sent_at.to_string();
    let signatures: Vec<_> = secrets.iter().map(|secret| secret.signature(id, &sent_at, body)).collect();
    [("webhook-id", id.to_owned()), ("webhook-timestamp", sent_at), ("webhook-signature", signatures.join(" "))]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(byte: u8) -> Secret {
        Secret::new([byte; 32])
    }

    #[test]
    fn a_secret_reads_back_and_has_24_to_64_bytes() {
        let text = secret(7).expose();
        assert!(text.parse::<Secret>().is_ok_and(|read| read == secret(7)), "{text}");
        let of = |length: usize| format!("whsec_{}", STANDARD.encode(vec![1; length]));
        assert!(of(24).parse::<Secret>().is_ok() && of(64).parse::<Secret>().is_ok());
        for wrong in [of(23), of(65), "whsec_".into(), of(32).replace("whsec_", ""), "whsec_***".into(), String::new()]
        {
            assert!(wrong.parse::<Secret>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_webhook_is_signed_to_the_letter() {
        // Made with `openssl dgst -sha256 -mac HMAC`, over `out_1.1795255200.{"a":1}`.
        let headers = headers(&[secret(7), secret(8)], "out_1", 1_795_255_200, b"{\"a\":1}");
        let expected = [
            ("webhook-id", "out_1".to_owned()),
            ("webhook-timestamp", "1795255200".to_owned()),
            (
                "webhook-signature",
                "v1,FxWSCQvt51Qvs/3ALO+lLvNzIpv7/n7AKTZ/UsO8YuQ= v1,dVvbt6Y309c4AvQ7oxRBIigP2Y3b1/iR+Wz90nkj6D8="
                    .to_owned(),
            ),
        ];
        assert_eq!(headers, expected);
    }
}
