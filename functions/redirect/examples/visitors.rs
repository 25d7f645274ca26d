//! How well persons and machines are told apart, by lists of user agents that others keep; `infra/scripts/visitors` takes
//! them from their registries. Arguments: `machines` or `persons`, a JSON file (an array of user agents, or of objects with
//! `userAgent` or `instances`), and so on in pairs. Fails where a goal is missed.

use std::process::ExitCode;

use redirect::Visitor;
use serde_json::Value;

/// Of the machines at least so many have to be found.
const RECALL: f64 = 0.99;
/// Of the persons at most so many may be taken for machines.
const FALSE_POSITIVES: f64 = 0.001;
/// Browsers inside apps, the list that the tests go by too.
const IN_APP: &str = include_str!("../src/visitor/in_app.txt");

fn names(list: &Value) -> Vec<String> {
    let of = |value: &Value| match value {
        Value::String(name) => vec![name.clone()],
        Value::Object(entry) => match (entry.get("userAgent"), entry.get("instances")) {
            (Some(name), _) => names(&Value::Array(vec![name.clone()])),
            (None, Some(instances)) => names(instances),
            (None, None) => Vec::new(),
        },
        _ => Vec::new(),
    };
    list.as_array().into_iter().flatten().flat_map(of).collect()
}

#[expect(clippy::cast_precision_loss, reason = "some thousands")]
fn judge(title: &str, are_machines: bool, names: &[String]) -> bool {
    let wrong: Vec<_> =
        names.iter().filter(|name| (Visitor::of(name, []) == Visitor::Person) == are_machines).collect();
    let share = wrong.len() as f64 / names.len().max(1) as f64;
    let (what, value, is_met) = if are_machines {
        ("recall", 1.0 - share, !names.is_empty() && 1.0 - share >= RECALL)
    } else {
        ("false positives", share, !names.is_empty() && share <= FALSE_POSITIVES)
    };
    let verdict = if is_met { "met" } else { "MISSED" };
    println!("| {title} | {} | {what} {:.2} % | {verdict} |", names.len(), value * 100.0);
    for name in wrong {
        eprintln!("wrong: {name}");
    }
    is_met
}

fn main() -> ExitCode {
    println!("| List | user agents | result | goal |\n|---|---:|---:|---|");
    let in_app: Vec<_> = IN_APP.lines().map(str::to_owned).collect();
    let mut is_met = judge("browsers inside apps", false, &in_app);
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    for pair in arguments.chunks(2) {
        let [kind, file] = pair else { panic!("a kind and a file, in pairs") };
        let text = std::fs::read_to_string(file).unwrap_or_else(|failure| panic!("{file}: {failure}"));
        let list = serde_json::from_str(&text).unwrap_or_else(|failure| panic!("{file}: {failure}"));
        let title = file.rsplit('/').next().unwrap_or(file);
        is_met &= judge(title, kind == "machines", &names(&list));
    }
    if is_met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
