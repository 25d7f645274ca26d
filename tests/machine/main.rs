//! Random lives of orders on the embedded database: every step is done as functions do it, and after every step all
//! that must always hold is checked. A failure prints the smallest sequence of steps that fails, and the seed to run it
//! again: `MACHINE_SEED=… cargo test -p tests --test machine`. `MACHINE_CASES` runs more of them.

mod actions;
mod books;
mod checks;
mod database;
mod oracle;
mod programs;
mod run;
mod shop;
mod world;

use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};

use crate::actions::{Case, cases};
use crate::programs::Rules;
use crate::run::Run;

/// Cases per run, and steps per case.
const CASES: u64 = 96;
const STEPS: usize = 40;
/// Where the lives of the normal run begin.
const SEED: u64 = 20_261_122;

static DONE: AtomicU64 = AtomicU64::new(0);
static CHECKS: AtomicU64 = AtomicU64::new(0);

fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn whatever_happens_the_books_are_right() {
    // The same lives in every run, so that a failure is of the change at hand; other seeds find others.
    let seed = setting("MACHINE_SEED").unwrap_or(SEED);
    let wanted = setting("MACHINE_CASES").unwrap_or(CASES);
    let (next, failure) = (AtomicU64::new(0), Mutex::new(None));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while failure.lock().expect("not poisoned").is_none() {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= wanted {
                        break;
                    }
                    if let Err(found) = one(seed + number) {
                        failure.lock().expect("not poisoned").get_or_insert(found);
                    }
                }
            });
        }
    });
    let (cases, steps) = (next.load(Ordering::SeqCst).min(wanted), DONE.load(Ordering::SeqCst));
    // Past the capture of the test's output: a line that says how much was looked at.
    let line = format!(
        "machine: seed {seed}, {cases} cases, {steps} steps, {} checks, {:.0} s\n",
        CHECKS.load(Ordering::SeqCst),
        began.elapsed().as_secs_f64()
    );
    std::io::stderr().write_all(line.as_bytes()).expect("written");
    if let Some(failure) = failure.into_inner().expect("not poisoned") {
        panic!("{failure}");
    }
}

/// Runs the case of a seed; a failing one is made smaller first.
fn one(seed: u64) -> Result<(), String> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    let config = Config { failure_persistence: None, max_shrink_time: 30_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let plain = seed.is_multiple_of(3);
    let tree = cases(STEPS, plain).new_tree(&mut runner).map_err(|e| e.to_string())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
    let run = |case: &Case| runtime.block_on(Box::pin(lived(case)));
    match run(&tree.current()) {
        Ok(()) => Ok(()),
        Err(why) => {
            let first = format!("{why}");
            let case = smaller(tree.current(), Instant::now(), run);
            let why = run(&case).err().map_or(first, |why| why.to_string());
            let steps: Vec<_> = case.actions.iter().enumerate().map(|(n, step)| format!("  {n}: {step:?}")).collect();
            let [one, two] = &case.programs;
            Err(format!(
                "MACHINE_SEED={seed} MACHINE_CASES=1 fails: {why}\nprograms:\n  {one:?}\n  {two:?}\nsteps:\n{}",
                steps.join("\n")
            ))
        }
    }
}

/// How long a failing case may be made smaller.
const PATIENCE: Duration = Duration::from_mins(1);

/// Leaves out as many steps as still fail: halves first, then ever smaller parts.
fn smaller(mut case: Case, began: Instant, run: impl Fn(&Case) -> Result<(), TestCaseError>) -> Case {
    let mut part = case.actions.len().div_ceil(2);
    while part > 0 {
        let mut start = 0;
        let mut any = false;
        while start < case.actions.len() && began.elapsed() < PATIENCE {
            let end = (start + part).min(case.actions.len());
            let actions = [&case.actions[..start], &case.actions[end..]].concat();
            let without = Case { actions, ..case.clone() };
            if run(&without).is_err() {
                case = without;
                any = true;
            } else {
                start = end;
            }
        }
        part = if any && part == 1 { 1 } else { part / 2 };
    }
    case
}

async fn lived(case: &Case) -> Result<(), TestCaseError> {
    let mut run = Run::new(case).await?;
    let mut result = run.steps(case).await;
    if result.is_ok() {
        result = run.rest().await;
    }
    if result.is_ok() && case.programs.iter().all(Rules::is_plain) {
        result = oracle::compare(&run, case).await;
    }
    DONE.fetch_add(case.actions.len() as u64, Ordering::SeqCst);
    CHECKS.fetch_add(run.books.checks, Ordering::SeqCst);
    result
}
