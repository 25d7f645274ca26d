//! Which states a referral and its rewards are in, as a short name: under it the referral is found again. An index has one
//! place for an item, and a referral with three rewards may be in three states; so the place is named by all of them.
//!
//! A letter for each state in the order of its life: `p` all pending, `pr` one pending and another redeemed. Of three states
//! or more only the first is named, `p+`; there are few such, and whoever looks for a state reads them. `a0` is a referral
//! that never had anything booked. One with a reward that waits for a person to hand it over has a mark, `a$`, `ai$`:
//! what was paid years ago must not be read to find what is to be paid.

use std::collections::BTreeSet;

use super::referral::{Referral, Reward, State};

/// In the order of a life; a referral's own state is the first that any reward of it has.
const LIFE: [(State, char); 7] = [
    (State::Flagged, 'f'),
    (State::Pending, 'p'),
    (State::Approved, 'a'),
    (State::Issued, 'i'),
    (State::Redeemed, 'r'),
    (State::Expired, 'x'),
    (State::Void, 'v'),
];
/// What a referral can be of which no reward stands.
const BARE: [State; 3] = [State::Flagged, State::Approved, State::Void];

fn place(state: State) -> usize {
    LIFE.iter().position(|(known, _)| *known == state).unwrap_or_default()
}

fn letter(state: State) -> char {
    LIFE[place(state)].1
}

/// The states after this one.
fn later(state: State) -> impl Iterator<Item = State> {
    LIFE[place(state) + 1..].iter().map(|(state, _)| *state)
}

/// The states before this one.
fn earlier(state: State) -> impl Iterator<Item = State> {
    LIFE[..place(state)].iter().map(|(state, _)| *state)
}

fn many(first: State) -> String {
    format!("{}+", letter(first))
}

fn bare(state: State) -> String {
    format!("{}0", letter(state))
}

/// The mix with the mark, if a referral of it can have an approved reward.
fn to_pay(mix: &str) -> Option<String> {
    let is_early = |first: char| [State::Flagged, State::Pending].map(letter).contains(&first);
    let has = mix.contains(letter(State::Approved)) || (mix.ends_with('+') && mix.starts_with(is_early));
    (has && !mix.ends_with('0')).then(|| format!("{mix}$"))
}

/// These mixes, and those of them with the mark.
fn with_to_pay(mixes: Vec<String>) -> Vec<String> {
    let marked: Vec<_> = mixes.iter().filter_map(|mix| to_pay(mix)).collect();
    mixes.into_iter().chain(marked).collect()
}

/// The mix of a referral.
pub fn mix(referral: &Referral) -> String {
    if referral.entries == 0 && BARE.contains(&referral.state) {
        return bare(referral.state);
    }
    let of_rewards = referral.rewards.iter().map(|reward| reward.state);
    let places: BTreeSet<_> = of_rewards.chain([referral.state]).map(place).collect();
    let mix = match places.len() {
        1 | 2 => places.iter().map(|place| LIFE[*place].1).collect(),
        _ => places.first().map(|first| many(LIFE[*first].0)).unwrap_or_default(),
    };
    if referral.rewards.iter().any(Reward::is_to_pay) { to_pay(&mix).unwrap_or(mix) } else { mix }
}

/// The mixes of all referrals that are in this state themselves.
pub fn mixes_of_referrals(state: State) -> Vec<String> {
    with_to_pay(plain_of_referrals(state))
}

fn plain_of_referrals(state: State) -> Vec<String> {
    let pairs = later(state).map(|other| format!("{}{}", letter(state), letter(other)));
    let mut mixes: Vec<_> = std::iter::once(letter(state).to_string()).chain(pairs).collect();
    if later(state).count() > 1 {
        mixes.push(many(state));
    }
    if BARE.contains(&state) {
        mixes.push(bare(state));
    }
    mixes
}

/// The mixes of all referrals with a reward that waits for a person to hand it over.
pub fn mixes_to_pay() -> Vec<String> {
    mixes().into_iter().filter(|mix| mix.ends_with('$')).collect()
}

/// The mixes of all referrals that may have a reward in this state.
pub fn mixes_with_rewards(state: State) -> Vec<String> {
    let mut mixes = plain_of_referrals(state);
    for before in earlier(state) {
        mixes.push(format!("{}{}", letter(before), letter(state)));
        if later(before).count() > 1 {
            mixes.push(many(before));
        }
    }
    // A reward that nothing was ever booked on is void, whatever its referral is.
    if state == State::Void {
        mixes.extend(BARE.into_iter().filter(|bare| *bare != state).map(bare));
    }
    with_to_pay(mixes)
}

/// All mixes.
pub fn mixes() -> Vec<String> {
    State::ALL.into_iter().flat_map(mixes_of_referrals).collect()
}

/// The mixes of referrals that no ledger knows.
pub fn bare_mixes() -> Vec<String> {
    BARE.into_iter().map(bare).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::referral_with;

    /// Every referral of up to three rewards in all states.
    fn referrals() -> Vec<Referral> {
        let states = State::ALL;
        let mut all = Vec::new();
        for one in states {
            all.push(vec![one]);
            for other in states {
                all.push(vec![one, other]);
                all.extend(states.map(|third| vec![one, other, third]));
            }
        }
        all.iter().map(|states| referral_with(states)).collect()
    }

    #[test]
    fn a_referral_is_found_under_its_state_and_under_no_other() {
        for referral in referrals() {
            for state in State::ALL {
                let found = mixes_of_referrals(state).contains(&mix(&referral));
                assert_eq!(found, referral.state == state, "{:?} under {state:?}", mix(&referral));
            }
            assert!(mixes().contains(&mix(&referral)));
        }
    }

    #[test]
    fn each_reward_is_found_under_its_state_and_of_two_states_nothing_is_read_in_vain() {
        for referral in referrals() {
            let states: BTreeSet<_> = referral.rewards.iter().map(|reward| reward.state).collect();
            for state in State::ALL {
                let found = mixes_with_rewards(state).contains(&mix(&referral));
                assert!(found || !states.contains(&state), "{states:?}: {state:?} is missed");
                assert!(!found || states.contains(&state) || states.len() > 2, "{states:?}: read for {state:?}");
            }
        }
    }

    #[test]
    fn what_is_to_be_paid_is_found_and_nothing_else_is_read_for_it() {
        for referral in referrals() {
            let is_to_pay = referral.rewards.iter().any(Reward::is_to_pay);
            assert_eq!(mixes_to_pay().contains(&mix(&referral)), is_to_pay, "{:?}", mix(&referral));
        }
        assert!(referrals().iter().any(|referral| referral.rewards.iter().any(Reward::is_to_pay)));
    }

    #[test]
    fn what_was_never_booked_has_a_place_of_its_own() {
        let referral = Referral { entries: 0, rewards: Vec::new(), state: State::Approved, ..referral_with(&[]) };
        assert_eq!(mix(&referral), "a0");
        assert!(
            bare_mixes().contains(&mix(&referral)) && mixes_of_referrals(State::Approved).contains(&"a0".to_owned())
        );
        assert!(mixes_with_rewards(State::Void).contains(&"a0".to_owned()));
        let mut all = mixes();
        all.sort();
        let count = all.len();
        all.dedup();
        assert_eq!((count, all.len()), (46, 46));
    }
}
