//! Genuine payloads of platforms. They are not part of the repository (licences): `GOODWORD_FIXTURES` names their folder,
//! which has one for each platform in it.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// The folder of a platform's fixtures, if this machine has them.
pub fn fixtures(platform: &str) -> Option<PathBuf> {
    let Some(named) = std::env::var_os("GOODWORD_FIXTURES").filter(|named| !named.is_empty()) else {
        println!("skipped: genuine fixtures are not part of the repository; set GOODWORD_FIXTURES to their folder");
        return None;
    };
    // Cargo starts tests in their crate's folder, but who names a folder means from the workspace's.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(named).join(platform);
    assert!(folder.is_dir(), "GOODWORD_FIXTURES: there is no folder {}", folder.display());
    Some(folder)
}

/// The JSON of a fixture, which is named without its ending.
pub fn fixture(folder: &Path, name: &str) -> Value {
    let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap_or_else(|e| panic!("{name}: {e}"));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"))
}
