//! What is linked into the redirect: a shopper waits for every byte of it.

use std::process::Command;

/// Crates that only mails, other calls or another TLS stack need, and why none of them belongs here.
const FOREIGN: [&str; 12] = [
    "aws-config",    // looks for credentials that Lambda gives by the environment
    "aws-lc-sys",    // a second provider of cryptography, and jitter entropy at the start
    "aws-sdk-ses",   // mails
    "aws-sdk-sts",   // comes with aws-config
    "fluent-bundle", // mails' sentences
    "h2 v0.3",       // the SDK's old HTTP client
    "hyper v0.14",   // the same
    "mail-builder",  // mails
    "mail-parser",   // mails
    "minijinja",     // merchants' own texts
    "openssl-sys",   // another TLS stack
    "rustls v0.21",  // comes with the old HTTP client
];

#[test]
fn nothing_for_mails_and_no_second_tls_stack_is_linked() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--edges", "normal,build", "--prefix", "none", "--package", "redirect"])
        .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
        .output()
        .expect("cargo runs");
    let said = String::from_utf8_lossy(&tree.stderr).into_owned();
    let tree = String::from_utf8(tree.stdout).expect("text");
    assert!(tree.contains("aws-sdk-dynamodb v") && tree.contains("rustls v"), "{tree}{said}");
    for name in FOREIGN {
        let name = if name.contains(' ') { name.to_owned() } else { format!("{name} v") };
        let found: Vec<_> = tree.lines().filter(|line| line.starts_with(&name)).collect();
        assert!(found.is_empty(), "{found:?}");
    }
}

/// Where mails are written, sent and followed up, and what compiles it in.
const OF_MAILS: [(&str, &str); 3] = [("delivery", "delivery"), ("mail", "letters"), ("codes", "delivery")];

#[test]
fn the_modules_that_write_mails_are_not_compiled_in() {
    let source = include_str!("../../../../shared/src/lib.rs");
    for (module, feature) in OF_MAILS {
        let at = source.lines().position(|line| line.ends_with(&format!("mod {module};"))).expect("the module");
        assert_eq!(source.lines().nth(at - 1), Some(&*format!("#[cfg(feature = \"{feature}\")]")), "{module}");
    }
    let manifest = include_str!("../../Cargo.toml");
    let dependencies = manifest.split("[dependencies]").nth(1).and_then(|rest| rest.split("\n[").next());
    assert!(dependencies.is_some_and(|all| all.contains("shared.workspace = true")), "shared without features");
}
