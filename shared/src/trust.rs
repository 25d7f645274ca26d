//! Whom the functions take for AWS. Reading the system's certificate authorities costs a start more than all else that a
//! function does, so the few that AWS uses are compiled in (`build.rs` picks them); a bundle can be named instead.

use aws_smithy_http_client::tls::{TlsContext, TrustStore};

use crate::config::variable;

/// The PEM text of AWS's certificate authorities.
const AWS: &str = include_str!(concat!(env!("OUT_DIR"), "/aws-roots.pem"));

/// The authorities that calls to AWS go by: those of the file that `AWS_CA_BUNDLE` names, as for every AWS tool, or AWS's
/// own.
///
/// # Panics
///
/// When the bundle can't be read: to trust others than it was asked to is nothing a program may do.
pub(crate) fn aws() -> TlsContext {
    let roots = match variable("AWS_CA_BUNDLE") {
        Some(file) => std::fs::read(&file).unwrap_or_else(|failure| panic!("AWS_CA_BUNDLE {file}: {failure}")),
        None => AWS.into(),
    };
    let store = TrustStore::empty().with_pem_certificate(roots);
    TlsContext::builder().with_trust_store(store).build().expect("a context without names can't be wrong")
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn all_of_awss_authorities_and_nobody_else_are_compiled_in() {
        let certificates: Vec<Vec<u8>> = AWS
            .split("-----END CERTIFICATE-----")
            .filter_map(|part| part.split("-----BEGIN CERTIFICATE-----").nth(1))
            .map(|base64| STANDARD.decode(base64.trim()).expect("base64"))
            .collect();
        let has = |der: &[u8], name: &str| der.windows(name.len()).any(|part| part == name.as_bytes());
        for name in
            ["Amazon Root CA 1", "Amazon Root CA 2", "Amazon Root CA 3", "Amazon Root CA 4", "Starfield Services"]
        {
            assert_eq!(certificates.iter().filter(|der| has(der, name)).count(), 1, "{name}");
        }
        assert!(certificates.iter().all(|der| has(der, "Amazon") || has(der, "Starfield Services")));
        assert!(certificates.len() < 10, "{}", certificates.len());
    }
}
