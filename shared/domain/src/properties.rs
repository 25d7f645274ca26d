//! What must hold for any order, whatever its webhooks do: they come in any order and any number, and the order, the
//! decision, the money and the mails at the end are the ones that the facts imply.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proptest::prelude::*;

use super::amount::Unit;
use super::decide::{Candidate, Finding, History, decide};
use super::decision::{CandidateKind, Decision};
use super::id::{AdvocateId, RewardId};
use super::ledger::{Account, Entry, problems};
use super::order::{Coupon, Evidence, Facts, Learnt, Pieces, Refund, Snapshot, fold};
use super::program::{Fulfilment, Program, RewardRule, Value};
use super::reconcile::{Case, Change, is_announced, reconcile, retire};
use super::referral::{Referral, Reward, State};
use super::room::Room;
use super::samples::{
    DAY, at, candidate, currency, merchant, order_ref, paid_order, percent as percent_rule, person, program,
};
use super::standing::Advocate;

/// One order on its way, with its books; what `settle` does, without storage.
#[derive(Default)]
pub(super) struct Books {
    pub(super) facts: Facts,
    decision: Option<Decision>,
    pub(super) referral: Option<Referral>,
    /// Those of advocates who are not credited any more.
    retired: BTreeMap<AdvocateId, Referral>,
    entries: Vec<Entry>,
    advocate: Advocate,
}

impl Books {
    pub(super) fn apply(&mut self, event: &Facts, candidates: &[Candidate], program: &Program) {
        let facts = fold(self.facts.clone(), event.clone());
        if facts == self.facts {
            return;
        }
        self.facts = facts;
        self.look(candidates, program, at(1000));
    }

    /// Decides and reconciles what is known.
    pub(super) fn look(&mut self, candidates: &[Candidate], program: &Program, now: Timestamp) {
        // Without a snapshot nothing is looked up yet.
        let candidates = if self.facts.snapshot.is_some() { self.named(candidates) } else { Vec::new() };
        let decision = decide(&self.facts, &candidates, &History::default(), &Room::default(), now);
        let facts = self.facts.clone();
        let case = Case { merchant: merchant(), order: &order_ref(), facts: &facts, decision: &decision };
        let credit = decision.credit.as_ref();
        if let Some(referral) = self.referral.take_if(|it| credit.is_none_or(|credit| credit.advocate != it.advocate)) {
            let change = retire(&case, program, &referral, &self.advocate, now);
            let gone = change.map_or(referral, |change| self.booked(change));
            self.retired.insert(gone.advocate, gone);
        }
        if let Some(credit) = credit {
            let existing = self.referral.take().or_else(|| self.retired.remove(&credit.advocate));
            let change = reconcile(&case, credit, program, existing.as_ref(), &self.advocate, now);
            self.referral = change.map(|change| self.booked(change)).or(existing);
        }
        self.decision = Some(decision);
    }

    fn booked(&mut self, change: Change) -> Referral {
        for (unit, moved) in &change.clawback {
            *self.advocate.clawback.entry(unit.clone()).or_default() += moved;
        }
        self.entries.extend(change.entry);
        change.referral
    }

    /// Of these the ones that the evidence names, as it ranks; all of them where the scenario has no evidence.
    fn named(&self, candidates: &[Candidate]) -> Vec<Candidate> {
        if self.facts.evidence.is_empty() {
            return candidates.to_vec();
        }
        let named = self.facts.evidence.ranked().into_iter().filter_map(|(evidence, carried)| {
            let Evidence::Coupon(code) = evidence else { return None };
            let mut known = candidates.iter().find(|known| known.code.as_ref() == Some(code))?.clone();
            if let Finding::Link(link) = &mut known.finding {
                link.carried = carried;
            }
            Some(known)
        });
        named.collect()
    }

    fn of(events: &[Facts], candidates: &[Candidate], program: &Program) -> Self {
        let mut books = Self::default();
        for event in events {
            books.apply(event, candidates, program);
        }
        books
    }

    /// The one that stands, and those that did.
    fn referrals(&self) -> impl Iterator<Item = &Referral> {
        self.referral.iter().chain(self.retired.values())
    }

    /// What stands on each reward's accounts, from the entries alone.
    pub(super) fn balances(&self) -> BTreeMap<(RewardId, Account, Unit), i64> {
        let mut balances = BTreeMap::new();
        for line in self.entries.iter().flat_map(|entry| &entry.lines) {
            *balances.entry((line.reward, line.account, line.unit.clone())).or_default() += line.minor;
        }
        balances.retain(|_, minor| *minor != 0);
        balances
    }

    /// Rewards that stand, and whether their mail would go out now: a mail is sent only while its reward is to be told of.
    /// A void reward equals one that never was: an order edited below the minimum may have been credited in between
    /// or not, depending on what arrived first, and nobody is owed anything either way.
    fn rewards(&self) -> Vec<(RewardId, State, i64, bool)> {
        let rewards = self.referral.iter().flat_map(|referral| &referral.rewards);
        let standing = rewards.filter(|reward| reward.state != State::Void);
        let mailed = |reward: &Reward| reward.mailed && is_announced(reward);
        standing.map(|reward| (reward.id, reward.state, reward.value.minor(), mailed(reward))).collect()
    }
}

fn coupon(code: &str) -> Evidence {
    Evidence::Coupon(code.parse().expect("a code"))
}

prop_compose! {
    /// The webhooks of one order: created, paid, edited, refunded, cancelled, in the order in which they happened.
    fn life()(
        code in prop::sample::select(vec!["JPY", "SEK", "KWD"]),
        edits in prop::collection::vec((0_i64..90_000, any::<bool>(), prop::bool::weighted(0.2)), 0..3),
        refunds in prop::collection::vec((0_i64..30_000, 0_i64..5_000, any::<bool>()), 0..3),
        cancelled in any::<bool>(),
        paid in prop::bool::weighted(0.9),
        percent in any::<bool>(),
        hold_days in 0_u32..2,
        limits in any::<bool>(),
        // Which codes are on which description, in the order of entry, and what each took off: not told, or nothing told of any.
        codes in prop::option::of(prop::collection::vec((
            prop::sample::subsequence(vec![1_u8, 2], 0..=2), any::<bool>(), prop::option::of(prop::option::of(0_i64..9_000)),
        ), 8)),
    ) -> (Vec<Facts>, Program) {
        let created = Facts { paid_at: None, ..paid_order(code) };
        let mut events = vec![created.clone()];
        if paid {
            events.push(paid_order(code));
        }
        let base = created.snapshot.expect("a snapshot");
        for (n, (net, with_tax, elsewhere)) in (1_i64..).zip(edits) {
            let currency = if elsewhere { currency("EUR") } else { base.currency };
            let total = net * 5 / 4;
            let shot = Snapshot { updated_at: at(100 * n), net, total, tax_included: with_tax, currency, ..base.clone() };
            events.push(Facts { snapshot: Some(shot), ..Facts::default() });
        }
        for (n, (lines, amount, effective)) in (1_i64..).zip(refunds) {
            let refund = Refund { effective, lines_tax: lines / 5, amount, ..Refund::of_goods(at(1000 * n), lines) };
            events.push(Facts { refunds: [(format!("r{n}").parse().expect("an id"), refund)].into(), ..Facts::default() });
        }
        if cancelled {
            let shot = Snapshot { updated_at: at(50_000), cancelled_at: Some(at(50_000)), ..base };
            events.push(Facts { snapshot: Some(shot), ..Facts::default() });
        }
        for (event, (codes, backwards, told)) in events.iter_mut().zip(codes.into_iter().flatten()) {
            let Some(shot) = &mut event.snapshot else { continue };
            let mut codes: Vec<_> = codes.iter().filter(|_| told.is_some()).map(|n| format!("CODE{n}")).collect();
            if backwards {
                codes.reverse();
            }
            let took = |code: &String| match told.flatten() {
                Some(minor) => Coupon::new(code, minor),
                None => Coupon::untold(code),
            };
            shot.coupons = codes.iter().filter_map(took).collect();
            event.evidence = Pieces::told(shot.updated_at, codes.iter().map(|code| coupon(code)));
            *event = event.clone().described(told.is_some());
        }
        let mut program = Program { hold_days, ..program(code) };
        if !limits {
            program.qualify.when.minimum_order = None;
        }
        if percent {
            let mut rule = percent_rule("12.5");
            let ceiling = program.qualify.when.minimum_order;
            rule.worth.base = Value::Share { percent: "12.5".parse().expect("a percentage"), floor: None, ceiling };
            program.rewards.advocate = vec![RewardRule { fulfilment: Fulfilment::Manual, ..rule }];
        }
        (events, program)
    }
}

/// The same events, shuffled, with some repeated.
fn shuffled_with_repeats(events: Vec<Facts>) -> impl Strategy<Value = Vec<Facts>> {
    let repeats = prop::collection::vec(prop::sample::select(events.clone()), 0..4);
    (Just(events), repeats).prop_map(|(events, repeats)| [events, repeats].concat()).prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_end_depends_on_the_facts_and_not_on_how_they_arrived(
        (events, program, arrival) in life().prop_flat_map(|(events, program)| (Just(events.clone()), Just(program), shuffled_with_repeats(events)))
    ) {
        let candidates = [1, 2].map(|n| candidate(CandidateKind::Coupon, n, None, program.clone()));
        let one = Books::of(&events, &candidates, &program);
        let other = Books::of(&arrival, &candidates, &program);
        prop_assert_eq!(&one.facts, &other.facts);
        prop_assert_eq!(&one.decision, &other.decision);
        prop_assert_eq!(one.balances(), other.balances());
        prop_assert_eq!(one.rewards(), other.rewards());
    }

    #[test]
    fn the_books_balance_after_every_event(
        (arrival, program) in life().prop_flat_map(|(events, program)| (shuffled_with_repeats(events), Just(program)))
    ) {
        let candidates = [1, 2].map(|n| candidate(CandidateKind::Coupon, n, None, program.clone()));
        let mut books = Books::default();
        for event in &arrival {
            books.apply(event, &candidates, &program);
            for referral in books.referrals() {
                let own: Vec<_> = books.entries.iter().filter(|entry| entry.referral == referral.id).cloned().collect();
                prop_assert_eq!(problems(referral, &own), Vec::<String>::new());
            }
            let balances = books.balances();
            // Nothing is taken back beyond what was granted, and the reward says what its entries say.
            prop_assert!(balances.iter().all(|((_, account, _), minor)| *account == Account::Budget || *minor >= 0));
            for reward in books.referrals().flat_map(|referral| &referral.rewards) {
                let of = |account| balances.get(&(reward.id, account, reward.value.unit().clone())).copied().unwrap_or(0);
                prop_assert_eq!((of(Account::Reserved), of(Account::Liability)), (reward.booked.reserved, reward.booked.liability));
                prop_assert_eq!(of(Account::Budget), -reward.booked.granted());
                let other_units = balances.keys().filter(|(id, _, unit)| *id == reward.id && unit != reward.value.unit());
                prop_assert_eq!(other_units.count(), 0, "something was left behind in another currency");
            }
        }
    }

    #[test]
    fn a_stored_decision_replays_to_the_same_bytes((events, program) in life()) {
        let candidates = vec![
            candidate(CandidateKind::Coupon, 1, None, program.clone()),
            candidate(CandidateKind::Landing, 2, Some(-31 * DAY), program.clone()),
        ];
        let books = Books::of(&events, &candidates, &program);
        let candidates = books.named(&candidates);
        let decision = books.decision.expect("a decision");
        let bytes = |decision: &Decision| serde_json::to_vec(decision).expect("serializes");
        let stored = serde_json::to_string(&(&books.facts, &candidates)).expect("serializes");
        let (facts, candidates): (Facts, Vec<Candidate>) = serde_json::from_str(&stored).expect("deserializes");
        prop_assert_eq!(bytes(&decide(&facts, &candidates, &History::default(), &Room::default(), at(1000))), bytes(&decision));
    }
}

#[test]
fn a_customer_learnt_late_is_the_same_customer() {
    let known = paid_order("SEK");
    let unknown = Facts { by_email: None, ..known.clone() };
    let late = Facts { by_email: Some(Learnt { as_of: at(90), value: person(1) }), ..Facts::default() };
    assert_eq!(fold(unknown, late.clone()).person(), fold(known, late).person());
}
