//! Counting under everything that a stream may do: batches sent again, cut in two, stopped half way, shards that split,
//! shards that are read at the same time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use proptest::prelude::*;
use ulid::Ulid;

use super::super::id::{AdvocateId, ProgramId};
use super::super::program::Side;
use super::super::referral::State;
use super::*;

fn program() -> Scope {
    Scope::Program(ProgramId::new(Ulid::from_parts(1, 1)))
}

fn line(day: i8, channel: &str, count: Count, amount: i64) -> Line {
    Line {
        scope: program(),
        day: date(2026, 11, day),
        place: Place { channel: Some(channel.to_owned()), ..Place::default() },
        advocate: Some(AdvocateId::new(Ulid::from_parts(1, 2))),
        counts: Counts::from([(count, amount)]),
    }
}

fn sequence(number: u64) -> Sequence {
    // As long as they are out there, so that no number type would do.
    format!("4421584500000000000{number:021}").parse().expect("a sequence number")
}

#[test]
fn letters_and_names_stand_for_one_count_each() {
    let all: Vec<_> = Count::all().collect();
    let letters: BTreeSet<_> = all.iter().map(|(_, letter, _)| *letter).collect();
    let names: BTreeSet<_> = all.iter().map(|(.., name)| name.clone()).collect();
    assert_eq!((letters.len(), names.len()), (all.len(), all.len()));
    for (count, letter, name) in all {
        assert_eq!((count.letter(), Count::of_letter(letter), count.name()), (letter, Some(count), name));
    }
    assert_eq!(Count::of_letter('!'), None);
    assert_eq!(Count::Cost(Side::Friend, State::Expired).name(), "friend_rewards_expired_value");
}

#[test]
fn a_sequence_number_keeps_its_order_as_bytes() {
    let texts = ["0", "7", "10", "99999999999999999999", "100000000000000000000000000000000000001"];
    let longest = [
        "9".repeat(38),
        format!("1{}", "0".repeat(38)),
        "9".repeat(39),
        format!("1{}", "0".repeat(39)),
        "9".repeat(40),
    ];
    let mut numbers: Vec<Sequence> =
        texts.iter().copied().chain(longest.iter().map(String::as_str)).map(|text| text.parse().expect(text)).collect();
    for (text, number) in texts.iter().copied().chain(longest.iter().map(String::as_str)).zip(&numbers) {
        assert_eq!(number.to_string(), text);
    }
    numbers.sort();
    let bytes: Vec<_> = numbers.iter().map(|number| number.to_bytes()).collect();
    assert!(bytes.is_sorted());
    for wrong in ["", "-1", "1a", "1.0", &"1".repeat(41)] {
        assert!(wrong.parse::<Sequence>().is_err(), "{wrong}");
    }
}

#[test]
fn a_fence_compares_by_its_number_whenever_it_was_noted() {
    let fence = |number, hour| Fence { up_to: sequence(number), hour };
    for (up_to, first, counted) in [(5, 5, true), (5, 6, false), (5, 4, true), (0, 1, false)] {
        let stored = fence(up_to, 490_000).to_bytes();
        assert_eq!(stored < Fence::below(sequence(first)), !counted, "{up_to} {first}");
        assert_eq!(Fence::from_bytes(&stored), Some(fence(up_to, 490_000)));
    }
    assert_eq!(Fence::from_bytes(b"short"), None);
    assert!(fence(1, 100).is_stale(127) && !fence(1, 100).is_stale(126));
}

#[test]
fn a_change_takes_back_what_was_said_before() {
    let old = vec![line(1, "email", Count::Credited, 1), line(1, "email", Count::Net, 500)];
    let new = vec![line(1, "email", Count::Credited, 1), line(1, "email", Count::Net, 400)];
    assert_eq!(difference(old.clone(), new), [line(1, "email", Count::Net, -100)]);
    assert_eq!(difference(old.clone(), old.clone()), []);
    // What moves to another day leaves the first one.
    let moved = difference(vec![line(1, "email", Count::Credited, 1)], vec![line(2, "email", Count::Credited, 1)]);
    assert_eq!(moved, [line(1, "email", Count::Credited, -1), line(2, "email", Count::Credited, 1)]);
    assert_eq!(difference(Vec::new(), old)[0].counts, Counts::from([(Count::Credited, 1), (Count::Net, 500)]));
}

#[test]
fn days_go_by_the_merchants_clock() {
    let at = "2026-11-22T23:30:00Z".parse().expect("a time");
    assert_eq!(day(at, "Europe/Stockholm"), date(2026, 11, 23));
    assert_eq!(day(at, "America/New_York"), date(2026, 11, 22));
    assert_eq!(day(at, "Nowhere/Land"), date(2026, 11, 22));
}

#[test]
fn clicks_are_not_counted_per_advocate_and_orders_are() {
    let lines = [line(1, "email", Count::Clicks, 1), line(1, "email", Count::Credited, 1)];
    let sums = fold(lines.iter().zip(1..).map(|(line, number)| (sequence(number), line)));
    let advocates: Vec<_> = sums.iter().filter(|(counter, _)| matches!(counter, Counter::Advocate { .. })).collect();
    assert_eq!(advocates.len(), 1);
    assert_eq!(advocates[0].1.counts(None), BTreeMap::from([((String::new(), Count::Credited), 1)]));
    assert_eq!(sums.len(), 6);
}

/// A counter as storage has it: counts, and a fence per shard.
#[derive(Default)]
struct Stored {
    counts: BTreeMap<(String, Count), i64>,
    fences: BTreeMap<u8, [u8; 21]>,
    writes: usize,
}

impl Stored {
    /// The conditional write, and what follows when the condition does not hold.
    fn apply(&mut self, shard: u8, sum: &Sum) {
        let mut fence = None;
        while let Some((first, last)) = sum.range(fence) {
            self.writes += 1;
            let stored = self.fences.get(&shard);
            if stored.is_none_or(|stored| *stored < Fence::below(first)) {
                for (key, amount) in sum.counts(fence) {
                    *self.counts.entry(key).or_default() += amount;
                }
                self.fences.insert(shard, Fence { up_to: last, hour: 1 }.to_bytes());
                return;
            }
            fence = stored.and_then(|stored| Fence::from_bytes(stored)).map(|stored| stored.up_to);
        }
    }
}

/// One delivery: of which shard, from how far back of where it stood, how many records, and which counters' writes fail.
type Delivery = (u8, usize, usize, Vec<usize>);

fn deliveries() -> impl Strategy<Value = Vec<Delivery>> {
    prop::collection::vec((0..3_u8, 0..12_usize, 1..12_usize, prop::collection::vec(0..16_usize, 0..4)), 1..60)
}

fn records() -> impl Strategy<Value = Vec<Vec<Line>>> {
    let amounts = prop_oneof![Just(1_i64), Just(-1), 1..500_i64];
    let counts = prop_oneof![Just(Count::Clicks), Just(Count::Credited), Just(Count::Net)];
    let line = (1..4_i8, prop_oneof![Just("email"), Just("x")], counts, amounts)
        .prop_map(|(day, channel, count, amount)| line(day, channel, count, amount));
    prop::collection::vec(prop::collection::vec(line, 0..3), 0..40)
}

proptest! {
    /// Whatever is sent again, from wherever, in whatever pieces, however often single writes fail: in the end each record
    /// counts once. Shards 1 and 2 are what 0 split into: their numbers start where they like.
    #[test]
    fn any_schedule_of_a_stream_gives_exact_totals(
        shards in prop::collection::vec(records(), 3), schedule in deliveries()
    ) {
        let mut counters: BTreeMap<Counter, Stored> = BTreeMap::new();
        let mut done = [0_usize; 3];
        let mut seen = 0;
        let deliver = |shard: u8, from: usize, until: usize, failing: &[usize], counters: &mut BTreeMap<Counter, Stored>| {
            let records = &shards[usize::from(shard)];
            // Numbers leave gaps and begin anywhere.
            let number = |at: usize| sequence(at as u64 * 7 + 1000 / (u64::from(shard) + 1));
            let lines = (from..until).flat_map(|at| records[at].iter().map(move |line| (number(at), line)));
            let mut first_failed = None;
            for (n, (counter, sum)) in fold(lines).into_iter().enumerate() {
                if failing.contains(&n) {
                    first_failed = first_failed.into_iter().chain(sum.first()).min();
                } else {
                    counters.entry(counter).or_default().apply(shard, &sum);
                }
            }
            // What Lambda takes as done: all before the first record that failed.
            match first_failed {
                Some(failed) => (from..until).find(|at| number(*at) >= failed).unwrap_or(until),
                None => until,
            }
        };
        for (shard, back, many, failing) in schedule {
            let at = usize::from(shard);
            let from = done[at].saturating_sub(back);
            let until = (from + many).min(shards[at].len()).max(from);
            let reached = deliver(shard, from, until, &failing, &mut counters);
            seen += 1;
            // A copy from the past says nothing of what comes after where it stood.
            done[at] = done[at].max(reached.min(until));
            if reached < until {
                done[at] = done[at].min(reached.max(from));
            }
        }
        prop_assert!(seen > 0);
        for shard in 0..3_u8 {
            let at = usize::from(shard);
            deliver(shard, done[at], shards[at].len(), &[], &mut counters);
            // And all of it once more.
            deliver(shard, 0, shards[at].len(), &[], &mut counters);
        }
        let all: Vec<_> = shards.iter().flatten().flatten().zip(1..).map(|(line, n)| (sequence(n), line)).collect();
        for (counter, sum) in fold(all) {
            let mut counts = counters.remove(&counter).unwrap_or_default().counts;
            counts.retain(|_, amount| *amount != 0);
            prop_assert_eq!(&counts, &sum.counts(None), "{}", counter);
        }
        for stored in counters.values() {
            prop_assert!(stored.counts.values().all(|amount| *amount == 0));
        }
    }

    /// Records of one item add up to what the item says last, whatever it said in between.
    #[test]
    fn what_an_item_says_last_is_what_counts(images in prop::collection::vec(prop::collection::vec(
        (1..4_i8, prop_oneof![Just("email"), Just("x")], prop_oneof![Just(Count::Credited), Just(Count::Net)], 1..500_i64)
            .prop_map(|(day, channel, count, amount)| line(day, channel, count, amount)), 0..3), 1..8)) {
        let mut before = Vec::new();
        let mut lines = Vec::new();
        for image in &images {
            lines.extend(difference(before, image.clone()));
            before = image.clone();
        }
        let last = images.last().cloned().unwrap_or_default();
        let sums = |lines: &[Line]| fold(lines.iter().zip(1..).map(|(line, n)| (sequence(n), line)))
            .into_iter().map(|(counter, sum)| (counter, sum.counts(None))).filter(|(_, counts)| !counts.is_empty())
            .collect::<BTreeMap<_, _>>();
        prop_assert_eq!(sums(&lines), sums(&last));
    }
}
