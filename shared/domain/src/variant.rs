//! A merchant's own texts for a kind of mail, in variants of which each person gets one: always the same, and by weight.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::id::ProgramId;
use super::mail::MailKind;
use super::person::PersonKey;

/// What the standard text is called as a variant.
pub const STANDARD: &str = "a";
/// The heaviest that a variant can be.
pub const MAX_WEIGHT: u32 = 100;

/// What a merchant says instead of the standard text; what is not set stays. Templates, see `mail::template`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What mail programs show beside the subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preheader: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading: Option<String>,
    /// Paragraphs, with an empty line between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// What the button says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub button: Option<String>,
}

impl Texts {
    /// The texts that are set, by field name.
    pub fn set(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("subject", &self.subject),
            ("preheader", &self.preheader),
            ("heading", &self.heading),
            ("body", &self.body),
            ("button", &self.button),
        ];
        all.into_iter().filter_map(|(field, text)| Some((field, text.as_deref()?)))
    }
}

/// One variant. A language that it has no texts for gets the standard ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// 1 to 20 lower-case letters, digits, `_` or `-`.
    pub name: String,
    /// 0 to 100; with 0 nobody gets it any more.
    pub weight: u32,
    /// By language, such as `sv`.
    #[serde(default)]
    pub texts: BTreeMap<String, Texts>,
}

/// The variant that a person gets. Every variant draws as many numbers as it is heavy, from its own name, and the highest
/// number of all wins (rendezvous hashing). So shares follow the weights exactly, and a variant that gets heavier or
/// lighter moves persons to or from itself only. `None`: no variant has any weight.
pub fn assign<'a>(
    variants: &'a [Variant],
    person: &PersonKey,
    program: ProgramId,
    kind: MailKind,
) -> Option<&'a Variant> {
    let draw = |variant: &Variant, number: u32| -> [u8; 32] {
        let mut hash = Sha256::new();
        // No part can hold the mark between them.
        hash.update(format!("{}#{program}#{kind}#{}#{number}", person.as_str(), variant.name));
        hash.finalize().into()
    };
    let heavy = variants.iter().filter(|variant| variant.weight > 0);
    heavy.max_by_key(|variant| (0..variant.weight.min(MAX_WEIGHT)).map(|number| draw(variant, number)).max())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn variants(weights: &[u32]) -> Vec<Variant> {
        let named =
            |(n, weight): (usize, &u32)| Variant { name: format!("v{n}"), weight: *weight, texts: BTreeMap::new() };
        weights.iter().enumerate().map(named).collect()
    }

    fn person(n: u32) -> PersonKey {
        PersonKey::from_hash(u128::from(n).to_be_bytes())
    }

    fn program() -> ProgramId {
        "prg_01KF0000000000000000000000".parse().expect("an id")
    }

    fn assigned(weights: &[u32], persons: u32) -> Vec<String> {
        let variants = variants(weights);
        let of = |n| assign(&variants, &person(n), program(), MailKind::Invite).expect("a variant").name.clone();
        (0..persons).map(of).collect()
    }

    #[test]
    fn without_weight_nobody_gets_it_and_a_lone_variant_gets_all() {
        assert_eq!(assign(&variants(&[0, 0]), &person(1), program(), MailKind::Invite), None);
        assert_eq!(assign(&[], &person(1), program(), MailKind::Invite), None);
        assert!(assigned(&[0, 1, 0], 50).iter().all(|name| name == "v1"));
    }

    #[test]
    fn another_kind_of_mail_draws_anew() {
        let variants = variants(&[1, 1]);
        let name = |n, kind| assign(&variants, &person(n), program(), kind).expect("a variant").name.clone();
        assert!((0..50).any(|n| name(n, MailKind::Invite) != name(n, MailKind::Reminder)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        #[test]
        fn shares_follow_the_weights(weights in proptest::collection::vec(0_u32..10, 2..5)) {
            let total: u32 = weights.iter().sum();
            prop_assume!(total > 0);
            let persons = 3000;
            let assigned = assigned(&weights, persons);
            for (n, weight) in weights.iter().enumerate() {
                let share = assigned.iter().filter(|name| **name == format!("v{n}")).count();
                let expected = f64::from(persons) * f64::from(*weight) / f64::from(total);
                // Five standard deviations of a binomial at its widest.
                let far = (f64::from(u32::try_from(share).expect("few")) - expected).abs();
                prop_assert!(far <= 5.0 * (f64::from(persons) / 4.0).sqrt(), "v{n}: {share}, expected {expected}");
                prop_assert!(*weight > 0 || share == 0);
            }
        }

        #[test]
        fn a_changed_weight_moves_persons_to_or_from_that_variant_only(
            weights in proptest::collection::vec(1_u32..10, 2..5), changed in 0_usize..5, weight in 0_u32..20,
        ) {
            let changed = changed % weights.len();
            let mut other = weights.clone();
            other[changed] = weight;
            prop_assume!(other.iter().any(|weight| *weight > 0));
            let name = format!("v{changed}");
            for (before, after) in assigned(&weights, 300).iter().zip(assigned(&other, 300)) {
                let allowed = if weight >= weights[changed] { after == name } else { *before == name };
                prop_assert!(*before == after || allowed, "{before} became {after}");
            }
        }
    }
}
