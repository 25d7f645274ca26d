//! Every environment variable, read once. `template.yaml` sets them; an error names the variable.

use std::collections::BTreeMap;

use crate::crypto::Keys;

/// What CloudFront calls the viewer's country.
pub const COUNTRY_HEADER: &str = "cloudfront-viewer-country";

/// What a function needs to know about where it runs.
#[derive(Clone)]
pub struct Config {
    /// The core table's name.
    pub core_table: String,
    /// The clicks table's name.
    pub clicks_table: String,
    /// Where shoppers reach us, without a trailing slash. Empty: the host of the request (then mails carry no links
    /// of ours).
    pub public_url: String,
    /// The header in which a shopper's country arrives, as two letters; none arrives where nothing in front adds it.
    pub country_header: String,
    /// Signing and sealing keys.
    pub keys: Keys,
    /// The key that may create merchants; `None` outside the function that does.
    pub operator_key: Option<String>,
}

/// A variable is missing or malformed.
#[derive(Debug, thiserror::Error)]
#[error("environment variable {name} {problem}")]
pub struct ConfigError {
    name: &'static str,
    problem: &'static str,
}

/// The variable, if it is set and not empty.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn required(name: &'static str) -> Result<String, ConfigError> {
    variable(name).ok_or(ConfigError { name, problem: "is missing" })
}

/// Which keys a function uses: what it does not use it is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lent {
    /// `GOODWORD_KEYS` and `GOODWORD_PEPPER`.
    Both,
    /// `GOODWORD_KEYS`: it signs or verifies, but finds nobody by an address.
    Ring,
    Nothing,
}

impl Lent {
    fn read(self) -> Result<Keys, ConfigError> {
        if self == Self::Nothing {
            return Ok(Keys::none());
        }
        let name = "GOODWORD_KEYS";
        let ring: BTreeMap<u32, String> = serde_json::from_str(&required(name)?)
            .map_err(|_| ConfigError { name, problem: "must be a JSON object of key ids (numbers) and secrets" })?;
        if self == Self::Ring {
            return Keys::ring(ring)
                .ok_or(ConfigError { name, problem: "must hold secrets of at least 32 characters" });
        }
        Keys::new(ring, &required("GOODWORD_PEPPER")?)
            .ok_or(ConfigError { name, problem: "and GOODWORD_PEPPER must hold secrets of at least 32 characters" })
    }
}

/// A key that opens so much is not to be guessed.
const OPERATOR_KEY_LENGTH: usize = 16;

impl Config {
    /// Reads the environment.
    pub fn from_env(lent: Lent) -> Result<Self, ConfigError> {
        let keys = lent.read()?;
        let name = "GOODWORD_OPERATOR_KEY";
        let operator_key = variable(name);
        if operator_key.as_ref().is_some_and(|key| key.len() < OPERATOR_KEY_LENGTH) {
            return Err(ConfigError { name, problem: "must have at least 16 characters" });
        }
        Ok(Self {
            core_table: required("CORE_TABLE")?,
            clicks_table: variable("CLICKS_TABLE").unwrap_or_default(),
            public_url: variable("PUBLIC_URL").unwrap_or_default().trim_end_matches('/').to_owned(),
            country_header: variable("COUNTRY_HEADER")
                .unwrap_or_else(|| COUNTRY_HEADER.to_owned())
                .to_ascii_lowercase(),
            keys,
            operator_key,
        })
    }
}
