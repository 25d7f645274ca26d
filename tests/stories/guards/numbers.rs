//! What keeps numbers exact: fences of counters, advocates' months, chunks of the log, and by whom a link was first opened.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use shared::domain::code::Code;
use shared::domain::id::{AdvocateId, ProgramId};
use shared::domain::tally::{Count, Counter, Counts, Dimension, Line, Place, Scope, Sequence, Sum, day, fold, month};
use shared::store::tally::{Claim, Claims, Known, Logged, Shard};
use tests::TestApp;

use super::{Equivalent, FOLLOWS, Guard, Kept, NEW, PUT, UPDATE, lock, overtaken, prove, same};

pub(super) const GUARDS: &[Guard] = &[
    Guard {
        name: "a batch that comes again is counted once",
        lock: lock("counters.rs add_to_day", UPDATE, "CNT#", "attribute_not_exists(#fence) OR #fence < :first"),
        story: |app| Box::pin(batch_comes_again(app)),
    },
    Guard {
        name: "a fence is not forgotten that is in use again",
        lock: lock("counters.rs forget_fences", UPDATE, "CNT#", "#written = :seen"),
        story: |app| Box::pin(fence_is_in_use(app)),
    },
    Guard {
        name: "a chunk of the log is not replaced by a shorter one",
        lock: lock("chunks.rs log_events", PUT, "EVT#", "attribute_not_exists(pk) OR #last < :last"),
        story: |app| Box::pin(half_a_batch_comes_again(app)),
    },
    Guard {
        name: "an advocate's first orders of a month, told by two shards at once, are all counted",
        lock: lock("advocates.rs count_advocate", PUT, "CNA#", NEW),
        story: |app| Box::pin(two_shards_at_once(app, false)),
    },
    Guard {
        name: "an advocate's orders, told by two shards at once, are all counted",
        lock: lock("advocates.rs count_advocate", PUT, "CNA#", FOLLOWS),
        story: |app| Box::pin(two_shards_at_once(app, true)),
    },
    Guard {
        name: "a link is opened for the first time once",
        lock: lock("shares.rs is_first_in", PUT, "SHR#", NEW),
        story: |app| Box::pin(two_first_clicks(app)),
    },
];

pub(super) const EQUIVALENT: &[Equivalent] = &[];

#[tokio::test]
async fn numbers_are_wrong_without_their_conditions() {
    prove(GUARDS, EQUIVALENT).await;
}

fn sequence(number: u32) -> Sequence {
    format!("10000{number:020}").parse().expect("a sequence number")
}

fn shard(name: &str) -> Shard {
    Shard::new("stream", name)
}

/// One click, or one order.
fn line(app: &TestApp, count: Count) -> Line {
    let ulid = ulid::Ulid::from_parts(1, 1);
    Line {
        scope: Scope::Program(ProgramId::new(ulid)),
        day: day(app.engine.app.now(), "UTC"),
        place: Place::default(),
        advocate: Some(AdvocateId::new(ulid)),
        counts: Counts::from([(count, 1)]),
    }
}

/// What records with these numbers add to all there is of a kind.
fn sums(line: &Line, numbers: &[u32]) -> (Counter, Sum) {
    let lines = numbers.iter().map(|number| (sequence(*number), line));
    let is_wanted = |counter: &Counter| match counter {
        Counter::Day { by, .. } => *by == Dimension::Total && line.counts.contains_key(&Count::Clicks),
        Counter::Advocate { .. } => true,
    };
    let mut found: Vec<_> = fold(lines).into_iter().filter(|(counter, _)| is_wanted(counter)).collect();
    found.pop().expect("a counter")
}

async fn clicks(app: &TestApp, line: &Line) -> i64 {
    let days = app.engine.app.store.days(line.scope, Dimension::Total, line.day, line.day).await.expect("reads");
    days.iter()
        .flat_map(|day| &day.counts)
        .filter(|((_, count), _)| *count == Count::Clicks)
        .map(|(_, many)| many)
        .sum()
}

async fn count(app: &TestApp, of: &str, line: &Line, numbers: &[u32], at: Timestamp) {
    let (counter, sum) = sums(line, numbers);
    let store = &app.engine.app.store;
    store.count_day(&Known::default(), &shard(of), &counter, &sum, at).await.expect("counts");
}

async fn batch_comes_again(app: TestApp) -> Kept {
    let (line, now) = (line(&app, Count::Clicks), app.engine.app.now());
    // The second time it is cut elsewhere, and has what came since.
    for numbers in [&[1, 2, 3][..], &[2, 3, 4], &[1], &[4]] {
        count(&app, "a", &line, numbers, now).await;
    }
    same("clicks", &clicks(&app, &line).await, &4)
}

async fn fence_is_in_use(app: TestApp) -> Kept {
    let (line, now) = (line(&app, Count::Clicks), app.engine.app.now());
    let long_ago = now.checked_sub(SignedDuration::from_hours(30)).expect("in range");
    count(&app, "a", &line, &[1], long_ago).await;
    // Another shard's write finds the fence old and is about to forget it, when the shard tells of something after all.
    let other = count(&app, "b", &line, &[1], now);
    let ((), ()) = overtaken(&app, [UPDATE, "CNT#", "REMOVE"], other, count(&app, "a", &line, &[2], now)).await;
    count(&app, "a", &line, &[2], now).await;
    same("clicks", &clicks(&app, &line).await, &3)
}

async fn half_a_batch_comes_again(app: TestApp) -> Kept {
    let line = line(&app, Count::Clicks);
    let store = &app.engine.app.store;
    let log = |numbers: &[u32]| -> Vec<Logged> {
        let logged = |number: &u32| Logged {
            sequence: sequence(*number),
            at: 0,
            kind: "click",
            subject: String::new(),
            line: line.clone(),
        };
        numbers.iter().map(logged).collect()
    };
    for numbers in [&[1, 2, 3][..], &[1, 2]] {
        store.log_events(&shard("a"), line.scope, line.day, &log(numbers)).await.expect("logs");
    }
    let chunks = store.events(line.scope, line.day, None, 10).await.expect("reads");
    same("lines", &chunks.iter().map(|chunk| chunk.lines.len()).sum::<usize>(), &3)
}

/// `known`: the advocate's month is there already.
async fn two_shards_at_once(app: TestApp, known: bool) -> Kept {
    let (line, now) = (line(&app, Count::Credited), app.engine.app.now());
    let store = &app.engine.app.store;
    let tell = async |of: &str, number: u32| {
        let (counter, sum) = sums(&line, &[number]);
        store.count_advocate(&shard(of), &counter, &sum, now).await.expect("counts");
    };
    let mut expected = 2;
    if known {
        tell("a", 1).await;
        expected += 1;
    }
    let ((), ()) = overtaken(&app, [PUT, "CNA#", ""], tell("a", 2), tell("b", 1)).await;
    let (Scope::Program(program), day) = (line.scope, line.day) else { unreachable!("a program's") };
    same("orders", &orders(&app, program, day).await, &expected)
}

async fn orders(app: &TestApp, program: ProgramId, day: Date) -> i64 {
    let top = app.engine.app.store.top_advocates(program, &month(day), 10).await.expect("reads");
    top.iter().map(|row| row.of(Count::Credited)).sum()
}

async fn two_first_clicks(app: TestApp) -> Kept {
    let code: Code = "ANNA10".parse().expect("a code");
    let store = &app.engine.app.store;
    let first = async |of: &str| {
        let claim = Claim::new(&shard(of), sequence(1));
        store.is_first_in(&Claims::default(), &code, "email", &claim).await.expect("asks")
    };
    let (one, other) = overtaken(&app, [PUT, "SHR#", ""], first("a"), first("b")).await;
    // And each is told the same when it asks again.
    let again = [first("a").await, first("b").await];
    same("who is first", &[one, other], &[false, true])?;
    same("who is first, asked again", &again, &[false, true])
}
