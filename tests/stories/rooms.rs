//! Arrows between the rooms of `shared/src` go one way: a circle of rooms can only be understood, and tried, as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// For each room the rooms that it imports.
type Arrows = BTreeMap<String, BTreeSet<String>>;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The names that follow `crate::` in a file, without its tests, which may look everywhere.
fn imported(text: &str) -> BTreeSet<String> {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let name = |rest: &str| rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
    text.split("crate::").skip(1).map(name).collect()
}

fn arrows(source: &Path) -> Arrows {
    let mut found = Vec::new();
    files(source, &mut found);
    let mut arrows = Arrows::new();
    for file in found {
        let inside = file.strip_prefix(source).expect("inside");
        let first = inside.components().next().expect("a name").as_os_str().to_string_lossy();
        let room = first.trim_end_matches(".rs").to_owned();
        let is_test = inside.to_string_lossy().contains("tests");
        if room != "lib" && !is_test {
            let text = fs::read_to_string(&file).expect("reads");
            arrows.entry(room).or_default().extend(imported(&text));
        }
    }
    let rooms: BTreeSet<String> = arrows.keys().cloned().collect();
    for (room, to) in &mut arrows {
        to.retain(|other| other != room && rooms.contains(other));
    }
    arrows
}

/// A way from a room back to it.
fn circle(arrows: &Arrows) -> Option<Vec<String>> {
    fn way(arrows: &Arrows, from: &str, goal: &str, seen: &mut BTreeSet<String>) -> Option<Vec<String>> {
        for next in &arrows[from] {
            if next == goal {
                return Some(vec![from.to_owned(), goal.to_owned()]);
            }
            if seen.insert(next.clone())
                && let Some(rest) = way(arrows, next, goal, seen)
            {
                return Some(std::iter::once(from.to_owned()).chain(rest).collect());
            }
        }
        None
    }
    arrows.keys().find_map(|room| way(arrows, room, room, &mut BTreeSet::new()))
}

#[test]
fn rooms_of_the_common_crate_import_each_other_in_no_circle() {
    let arrows = arrows(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/src"));
    assert!(arrows.len() > 20 && arrows["settle"].contains("store"), "{arrows:?}");
    assert_eq!(circle(&arrows), None);
}

#[test]
fn a_circle_of_three_is_found_and_what_only_tests_import_is_none() {
    let of = |pairs: &[(&str, &[&str])]| -> Arrows {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        pairs.iter().map(|(room, to)| ((*room).to_owned(), owned(to))).collect()
    };
    let tree = of(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[])]);
    assert_eq!(circle(&tree), None);
    let round = of(&[("a", &["b"]), ("b", &["c"]), ("c", &["a"]), ("d", &[])]);
    assert_eq!(circle(&round), Some(["a", "b", "c", "a"].map(str::to_owned).to_vec()));
    let text = "use crate::store::Shop;\nfn f() { crate::crypto::hex(&[]); }\n#[cfg(test)]\nmod tests {\n use crate::mail::x;\n}";
    assert_eq!(imported(text), BTreeSet::from(["crypto".to_owned(), "store".to_owned()]));
}
