//! The edge cases that break referral trackers, each under its number: what it is, and that a test is named after it. The
//! tests themselves live where their subject does; `edge_13_…` is a test of the thirteenth. So it is with the faults that
//! were found by trying (`repairs/`): `repair_07_…` is a test of the seventh.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Faults that were found by trying, each with a number.
const REPAIRS: usize = 43;

const CASES: [&str; 45] = [
    "one delivery comes twice",
    "one event comes by two subscriptions",
    "the process dies between receiving and applying",
    "a later message comes before an earlier one",
    "an old body is sent again after a newer one",
    "two changes within one second",
    "an order that is not paid",
    "an order is edited after its reward",
    "several partial refunds",
    "a refund of shipping or tax only",
    "a refund of an amount without lines",
    "a refund that is pending or failed",
    "a refund that is taken back",
    "cancelled without a refund, or its payment voided",
    "a chargeback months later",
    "the buyer pays in another currency",
    "currencies without decimals, and with three",
    "prices that contain tax",
    "an order that costs nothing",
    "several codes on one order",
    "a code in other letters, with spaces around it",
    "a code on a coupon site",
    "an advocate who buys by their own link",
    "a draft order",
    "an order at a till",
    "a renewal of a subscription",
    "a guest without an account",
    "a customer with a new address",
    "two customers who are one",
    "a customer whose data are gone",
    "a test order",
    "a platform's sample delivery",
    "an order brought in from elsewhere",
    "an order that is deleted, or restored",
    "a review for fraud",
    "gift cards and tips",
    "ids above 2^53",
    "other types than documented",
    "uninstalled, and installed again",
    "a webhook that was lost",
    "a large body",
    "a secret that is rotated",
    "a message sent to another shop's address",
    "a delivery that nobody reports",
    "a shop that changes its currency",
];

/// The cases that a test is named after: `edge_24_25_and_27_…` is of three.
fn numbers(name: &str) -> Vec<usize> {
    let words = name.split('_').skip(1).filter(|word| *word != "and");
    let is_number = |word: &&str| word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_digit());
    words.take_while(is_number).filter_map(|word| word.parse().ok()).collect()
}

/// The numbers in the names of tests that begin so, with the tests that have them.
fn named(folder: &Path, prefix: &str, found: &mut BTreeMap<usize, BTreeSet<String>>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with("target") {
            named(&path, prefix, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let source = fs::read_to_string(&path).expect("reads");
            let begins = format!("fn {prefix}_");
            let numbered = |at: &usize| source[at + begins.len()..].starts_with(|c: char| c.is_ascii_digit());
            for at in source.match_indices(&begins).map(|(at, _)| at).filter(numbered) {
                let name: String =
                    source[at + 3..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                let attributes = &source[source[..at].rfind("\n\n").unwrap_or(0)..at];
                assert!(attributes.contains("test]"), "{name} in {} is a test", path.display());
                let numbers = numbers(&name);
                assert!(!numbers.is_empty(), "{name}: two digits");
                for number in numbers {
                    found.entry(number).or_default().insert(name.clone());
                }
            }
        }
    }
}

#[test]
fn a_name_may_carry_several_numbers() {
    assert_eq!(numbers("edge_24_25_and_27_only_a_browser"), [24, 25, 27]);
    assert_eq!(numbers("edge_09_a_refund_of_10"), [9]);
    assert_eq!(numbers("edge_cases"), [] as [usize; 0]);
}

fn tests_of(prefix: &str) -> BTreeMap<usize, BTreeSet<String>> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = BTreeMap::new();
    for folder in ["shared/src", "shared/domain/src", "functions", "infra/local/src", "tests/stories"] {
        named(&workspace.join(folder), prefix, &mut found);
    }
    found
}

#[test]
fn every_edge_case_has_a_test_by_its_number() {
    let found = tests_of("edge");
    for (number, tests) in &found {
        println!("{number:>2}  {}: {tests:?}", CASES.get(number - 1).unwrap_or(&"no such case"));
    }
    let missing: Vec<_> = (1..=CASES.len()).filter(|number| !found.contains_key(number)).collect();
    assert!(missing.is_empty(), "without a test: {:?}", missing.iter().map(|n| (n, CASES[n - 1])).collect::<Vec<_>>());
    assert!(found.keys().all(|number| (1..=CASES.len()).contains(number)), "{:?}", found.keys());
}

#[test]
fn every_repair_has_a_test_by_its_number() {
    let found = tests_of("repair");
    let missing: Vec<_> = (1..=REPAIRS).filter(|number| !found.contains_key(number)).collect();
    assert!(missing.is_empty(), "without a test: {missing:?}");
    assert!(found.keys().all(|number| (1..=REPAIRS).contains(number)), "{:?}", found.keys());
}
