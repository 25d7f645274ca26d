//! Reads from the source which conditions there are, and holds the lists against it: a condition without a proof fails
//! here, and so does a proof without its condition.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::{
    Equivalent, FOLLOWS, Guard, NEW, THERE, accounts, asks, debts, discounts, endpoints, firsts, limits, links,
    numbers, orders, outbox, pools, privacy, reputation, shops, states,
};

/// All lists; a new theme is added here.
const THEMES: [(&[Guard], &[Equivalent]); 16] = [
    (accounts::GUARDS, accounts::EQUIVALENT),
    (asks::GUARDS, asks::EQUIVALENT),
    (debts::GUARDS, debts::EQUIVALENT),
    (discounts::GUARDS, discounts::EQUIVALENT),
    (endpoints::GUARDS, endpoints::EQUIVALENT),
    (firsts::GUARDS, firsts::EQUIVALENT),
    (limits::GUARDS, limits::EQUIVALENT),
    (links::GUARDS, links::EQUIVALENT),
    (numbers::GUARDS, numbers::EQUIVALENT),
    (orders::GUARDS, orders::EQUIVALENT),
    (outbox::GUARDS, outbox::EQUIVALENT),
    (pools::GUARDS, pools::EQUIVALENT),
    (privacy::GUARDS, privacy::EQUIVALENT),
    (reputation::GUARDS, reputation::EQUIVALENT),
    (shops::GUARDS, shops::EQUIVALENT),
    (states::GUARDS, states::EQUIVALENT),
];

/// Functions of `writes.rs` that make a condition for their callers: it is proved where they are called. Another one
/// needs its line in `conditions` too.
const SHARED: [&str; 4] = ["put_new", "put_new_showing", "put_version", "delete_there"];

/// What makes a condition, or a part of one that is joined.
const MAKERS: [&str; 8] = [
    ".condition_expression(",
    "conditions.push(",
    ".put_new(",
    ".put_new_showing(",
    ".put_version(",
    ".delete_there(",
    "if_not_exists(",
    "is_repeat.then_some(",
];

/// A condition made of parts, which are read where they are pushed.
const JOINED: &str = r#"conditions.join(" AND ")"#;

/// What a part with `{name}` in it is made for: each kind of count that has a limit.
const NAMES: [&str; 3] = ["c1", "v1", "spent"];

/// What a call makes; `arguments` are all that stands in its brackets.
fn conditions(maker: &str, arguments: &str) -> Vec<String> {
    match maker {
        ".put_new(" | ".put_new_showing(" => vec![NEW.into()],
        ".delete_there(" => vec![THERE.into()],
        ".condition_expression(" if arguments == JOINED => Vec::new(),
        ".put_version(" if arguments.trim_end().ends_with("None") => vec![NEW.into()],
        // Where it may be the first version, both conditions are made.
        ".put_version(" if arguments.contains("Some(") => vec![FOLLOWS.into()],
        ".put_version(" => vec![NEW.into(), FOLLOWS.into()],
        "if_not_exists(" => vec![format!("if_not_exists({arguments})")],
        _ => {
            let literals: Vec<String> = arguments.split('"').skip(1).step_by(2).map(str::to_owned).collect();
            // One that is no literal can't be read here, and is asked for as it stands.
            let read = if literals.is_empty() { vec![arguments.trim().to_owned()] } else { literals };
            let named = |part: &String| NAMES.map(|name| part.replace("{name}", name));
            read.iter()
                .flat_map(|part| if part.contains("{name}") { named(part).to_vec() } else { vec![part.clone()] })
                .collect()
        }
    }
}

/// The functions of a file, and the conditions that each makes.
fn read(source: &str) -> Vec<(String, String)> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let code: Vec<&str> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let mut found = Vec::new();
    for maker in MAKERS {
        for (at, _) in code.match_indices(maker) {
            let function = code[..at].rsplit("fn ").next().unwrap_or_default();
            let function: String = function.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let mut depth = 1;
            let arguments = code[at + maker.len()..].chars().take_while(|c| {
                depth += i32::from(*c == '(') - i32::from(*c == ')');
                depth > 0
            });
            let arguments: String = arguments.collect();
            found.extend(conditions(maker, &arguments).into_iter().map(|condition| (function.clone(), condition)));
        }
    }
    found
}

/// How often each condition is made, as `file function: condition`.
fn in_the_source(folder: &Path, found: &mut BTreeMap<String, usize>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() {
            in_the_source(&path, found);
            continue;
        }
        if path.extension().is_none_or(|ending| ending != "rs") {
            continue;
        }
        for (function, condition) in read(&fs::read_to_string(&path).expect("reads")) {
            if name != "writes.rs" || !SHARED.contains(&function.as_str()) {
                *found.entry(format!("{name} {function}: {condition}")).or_default() += 1;
            }
        }
    }
}

/// The proofs of each condition, by the calls that they take it out of.
fn in_the_lists() -> BTreeMap<String, BTreeSet<String>> {
    let mut proved: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (guards, equivalent) in THEMES {
        let locks = guards.iter().map(|guard| &guard.lock).chain(equivalent.iter().map(|one| &one.lock));
        for lock in locks {
            let calls = proved.entry(format!("{}: {}", lock.at, lock.weakening.guard)).or_default();
            calls.insert(format!("{} {}", lock.weakening.operation, lock.weakening.item));
        }
    }
    proved
}

#[test]
fn every_condition_of_the_store_has_its_proof() {
    let mut found = BTreeMap::new();
    in_the_source(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/src/store"), &mut found);
    assert!(found.len() > 20, "only these were read: {found:#?}");
    let proved = in_the_lists();
    let mut faults = Vec::new();
    for condition in found.keys().chain(proved.keys()).collect::<BTreeSet<_>>() {
        let (made, calls) = (found.get(condition).copied().unwrap_or(0), proved.get(condition));
        if calls.map_or(0, BTreeSet::len) != made {
            faults.push(format!("{condition}\n  made {made} times in the source, proved for {calls:?}"));
        }
    }
    assert!(
        faults.is_empty(),
        "A condition needs a proof for each call that makes it, and a proof its condition. Add a story to GUARDS in the \
         file of its theme in tests/stories/guards (see mod.rs there), or, if another condition makes it superfluous, to \
         EQUIVALENT with the reason:\n{}",
        faults.join("\n")
    );
}

#[test]
fn conditions_are_read_from_the_source() {
    let source = r#"
        // put.condition_expression("in a comment")
        pub fn one<T>() { put.key_condition_expression("a = :a").condition_expression("b(c) = :d"); }
        async fn two(&self) {
            writes.put_new(self, &Key::one(of(1)))?;
            self.put_version(&key, row, Some(1)).await;
            self.put_version(&key, row, None).await;
            writes.put_version(self, &key, previous)?;
            update.update_expression("SET a = if_not_exists(a, :a), b = if_not_exists(b, :b)");
            update.condition_expression(match state { A => "x", B => "y AND z" });
            update.condition_expression(HIDDEN);
            conditions.push(format!("(a OR #{name} < :{name}_b)"));
            update.condition_expression(conditions.join(" AND "));
            update.condition_expression(others.join(" AND "));
            writes.delete_there(self, &Key::one(1));
        }
        #[cfg(test)]
        fn three() { put.condition_expression("in a test") }"#;
    let mut found = read(source);
    found.sort();
    // Parts that are not read where they are pushed are not read at all: " AND " has no proof.
    let two = [" AND ", "#v = :v", "#v = :v", "(a OR #c1 < :c1_b)", "(a OR #spent < :spent_b)", "(a OR #v1 < :v1_b)"];
    let two = two.into_iter().chain(["HIDDEN", THERE, NEW, NEW, NEW, "if_not_exists(a, :a)", "if_not_exists(b, :b)"]);
    let two = two.chain(["x", "y AND z"]);
    let expected: Vec<_> =
        std::iter::once(("one", "b(c) = :d")).chain(two.map(|condition| ("two", condition))).collect();
    let found: Vec<_> = found.iter().map(|(function, condition)| (function.as_str(), condition.as_str())).collect();
    assert_eq!(found, expected);
}
