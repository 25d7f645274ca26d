//! The seeds of the fuzz targets go through the targets' own code, so that neither rots: each is read, and what is an order
//! is understood as one.

use std::fs;
use std::path::Path;

use shared::domain::platform::Platform;

#[expect(unreachable_pub, reason = "a crate of its own where it is fuzzed")]
#[path = "../fuzz/lib.rs"]
mod fuzz;

fn seeds(of: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(of);
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let read = |path: std::path::PathBuf| (path.display().to_string(), fs::read(path).expect("reads"));
    entries.map(read).collect()
}

#[test]
fn every_seed_is_read_and_says_something() {
    for platform in Platform::ALL {
        let seeds = seeds(platform.as_str());
        assert!(!seeds.is_empty(), "{platform:?}");
        for (name, seed) in seeds {
            assert!(fuzz::read(platform, &seed), "{name} says nothing");
        }
    }
}

#[test]
fn every_seed_of_an_answer_is_an_order() {
    let answers = seeds("answers");
    for platform in ["bigcommerce", "woocommerce"] {
        assert!(answers.iter().any(|(_, seed)| seed.starts_with(platform.as_bytes())), "{platform}");
    }
    for (name, seed) in answers {
        assert!(fuzz::read_answers(&seed), "{name} is no order");
    }
}

#[test]
fn no_seed_of_a_request_is_taken_without_its_secret() {
    let requests = seeds("signatures");
    assert!(!requests.is_empty());
    for (_, seed) in requests {
        for platform in Platform::ALL {
            fuzz::judge(platform, &seed);
        }
    }
}
