//! Picks the certificate authorities that AWS's endpoints chain to (`Amazon Root CA 1` to `4`, and `Starfield Services`,
//! which signs them across) out of Mozilla's list, so that a function parses these few at its start and not the whole
//! list of the system. Why: `infra/adr/0017-the-fast-path.md`.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The organisations that run AWS's authorities, as their certificates name them.
const OWNERS: [&[u8]; 2] =
    [b"\x06\x03\x55\x04\x0a\x13\x06Amazon", b"Starfield Services Root Certificate Authority - G2"];
/// `Amazon Root CA 1` to `4` and Starfield's. With fewer the list has changed and somebody has to look.
const LEAST: usize = 5;

fn main() {
    let certificates = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
    let ours =
        certificates.filter(|der| OWNERS.iter().any(|owner| der.windows(owner.len()).any(|part| part == *owner)));
    let pem: Vec<String> = ours
        .map(|der| format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der)))
        .collect();
    assert!(pem.len() >= LEAST, "only {} of AWS's certificate authorities are in Mozilla's list", pem.len());
    let folder = std::env::var_os("OUT_DIR").expect("cargo says where");
    std::fs::write(Path::new(&folder).join("aws-roots.pem"), pem.concat()).expect("the file is written");
    println!("cargo::rerun-if-changed=build.rs");
}
