//! Short enough, and nothing leads nowhere.

use super::page::{all, anchors, apart, code, links, read, root};

/// Bytes of the README at most.
const README: usize = 12_000;
/// Bytes of any other page at most.
const PAGE: usize = 15_000;
/// What may be longer, and why.
const LONGER: &[(&str, &str)] = &[("shared/src/store/README.md", "a reference beside the code, to look things up in")];

/// Pages whose paths must be there: who reads them has not seen the code yet.
const NAMES_PATHS: &[&str] =
    &["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "infra/operations.md", "infra/performance.md"];
/// What a path begins with.
const TOP: &[&str] = &["functions/", "shared/", "infra/", "tests/"];

#[test]
fn pages_are_short_enough_to_be_read() {
    for page in all() {
        let long = read(&page).len();
        let excused = LONGER.iter().any(|(known, _)| *known == page);
        let most = if page == "README.md" { README } else { PAGE };
        assert_eq!(long > most, excused, "{page} has {long} bytes, at most {most} are read; excused: {excused}");
    }
}

#[test]
fn every_link_leads_to_a_file_and_to_a_heading_in_it() {
    let mut lost = Vec::new();
    for page in all() {
        let (_, prose) = apart(&read(&page));
        for link in links(&prose) {
            if link.starts_with("https://") || link.starts_with("http://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let from = root().join(&page);
            let to = if path.is_empty() { from } else { from.parent().expect("a folder").join(path) };
            let there = if anchor.is_empty() {
                to.exists()
            } else {
                std::fs::read_to_string(&to).is_ok_and(|text| anchors(&apart(&text).1).iter().any(|it| it == anchor))
            };
            if !there {
                lost.push(format!("{page}: {link}"));
            }
        }
    }
    assert_eq!(lost, Vec::<String>::new(), "links that lead nowhere");
}

#[test]
fn every_path_that_is_named_is_there() {
    let mut lost = Vec::new();
    for page in NAMES_PATHS {
        let (_, prose) = apart(&read(page));
        for name in code(&prose) {
            let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-'));
            if plain && TOP.iter().any(|top| name.starts_with(top)) && !root().join(name).exists() {
                lost.push(format!("{page}: {name}"));
            }
        }
    }
    assert_eq!(lost, Vec::<String>::new(), "paths that are not there");
}

#[test]
fn a_page_is_taken_apart_as_github_does_it() {
    let (blocks, prose) = apart("# One `two`: three\n```sh\n# no heading\n```\n## A, b\n## A b\n[x](y.md#a-b-1) `c`");
    assert_eq!((blocks.len(), blocks[0].language.as_str(), blocks[0].line), (1, "sh", 3));
    assert_eq!(blocks[0].text, "# no heading\n");
    assert_eq!(anchors(&prose), ["one-two-three", "a-b", "a-b-1"]);
    assert_eq!((links(&prose), code(&prose)), (vec!["y.md#a-b-1"], vec!["two", "c"]));
}

#[test]
fn every_alarm_is_explained_to_who_gets_it() {
    let (template, operations) = (read("template.yaml"), read("infra/operations.md"));
    let lines: Vec<_> = template.lines().collect();
    let alarms = lines.windows(2).filter(|pair| pair[1].trim() == "Type: AWS::CloudWatch::Alarm");
    let alarms: Vec<_> = alarms.map(|pair| pair[0].trim().trim_end_matches(':')).collect();
    assert!(alarms.len() > 30, "{alarms:?}");
    let silent = alarms.iter().filter(|alarm| !operations.contains(&format!("`{alarm}`")));
    assert_eq!(silent.collect::<Vec<_>>(), Vec::<&&str>::new(), "alarms that infra/operations.md does not name");
    let named = code(&operations).into_iter().filter(|name| name.ends_with("Failing") || name.ends_with("Late"));
    let gone: Vec<_> = named.filter(|name| !alarms.contains(name)).collect();
    assert_eq!(gone, Vec::<&str>::new(), "alarms that are not there any more");
}
