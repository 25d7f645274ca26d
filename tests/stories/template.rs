//! The template and the code agree: every route that is deployed has a handler, and the walls between crates stand.

use std::fs;
use std::path::{Path, PathBuf};

use reqwest::Method;
use tests::TestApp;

#[tokio::test]
async fn every_route_of_the_template_has_a_handler() {
    let app = TestApp::start().await;
    let template = local::template::Template::parse(include_str!("../../template.yaml")).expect("the template");
    let mut routes = 0;
    for route in template.functions.iter().flat_map(|function| &function.routes) {
        let (method, path) = if route.is_default() { ("GET", "/nowhere") } else { (&*route.method, &*route.path) };
        let path = path.replace(['{', '}'], "");
        let method: Method = method.parse().expect("a method");
        let status = app.send(method, &path, "", None).await.status();
        // Refused or not found is an answer; 500 is what a route without a handler gets.
        assert!(status.as_u16() < 500, "{} {} answered {status}", route.method, route.path);
        routes += 1;
    }
    assert!(routes >= 20, "only {routes} routes were read");
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The compiler keeps out what `domain`'s manifest does not name; this keeps the manifest, and what `std` and `jiff` have.
#[test]
fn the_domain_knows_nothing_outside_itself() {
    let manifest = fs::read_to_string(root().join("shared/domain/Cargo.toml")).expect("a manifest");
    let (_, dependencies) = manifest.split_once("[dependencies]").expect("dependencies");
    for foreign in ["aws", "dynamo", "futures", "getrandom", "lambda", "path =", "rand", "reqwest", "shared", "tokio"] {
        assert!(!dependencies.lines().any(|line| line.contains(foreign)), "domain depends on {foreign}");
    }
    let files = rust_files(&root().join("shared/domain/src"));
    assert!(files.len() > 50);
    for file in files {
        let text = fs::read_to_string(&file).expect("reads");
        for foreign in [
            "async fn",
            "Timestamp::now",
            "Zoned::now",
            "SystemTime",
            "Instant::now",
            "std::env",
            "std::fs",
            "Ulid::new()",
        ] {
            assert!(!text.contains(foreign), "{} has {foreign}", file.display());
        }
    }
}

#[test]
fn functions_share_the_common_crate_and_not_each_other() {
    let folder = root().join("functions");
    let names: Vec<String> = fs::read_dir(&folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    assert!(names.len() >= 6);
    for name in &names {
        let manifest = fs::read_to_string(folder.join(name).join("Cargo.toml")).expect("a manifest");
        for other in names.iter().filter(|other| *other != name) {
            assert!(
                !manifest
                    .lines()
                    .any(|line| line.starts_with(&format!("{other}.")) || line.starts_with(&format!("{other} "))),
                "{name} depends on {other}"
            );
        }
        let main = fs::read_to_string(folder.join(name).join("src/main.rs")).expect("a main");
        assert!(main.lines().count() <= 15, "{name}/src/main.rs is more than 15 lines");
        let delivers = manifest.contains("features = [\"delivery\"]");
        assert_eq!(delivers, ["announce", "notify", "timers"].contains(&name.as_str()), "{name} and delivery");
    }
}
