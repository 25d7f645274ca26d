//! How many mails get lost, and how many go out twice, when everything that can fail does: storage at each call, SES in
//! each way, workers that die or fall asleep between any two steps; with SES's word on what it took, and without. Seeded:
//! `SENDING_SEED=… SENDING_MAILS=… cargo test -p tests --test sending -- --nocapture` plays others, or more.

mod campaign;
mod faulty;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::campaign::{Figures, play};

/// Mails per campaign. There are two, and each mail meets several faults.
const MAILS: u64 = 1_200;
/// So many share a database.
const BATCH: u64 = 100;
const SEED: u64 = 20_261_122;

fn setting(name: &str, normal: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(normal)
}

/// Plays all batches, on all cores.
fn campaign(evidence: bool, seed: u64, mails: u64, broken: &'static str) -> Figures {
    let (next, sum) = (AtomicU64::new(0), Mutex::new(Figures::default()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
                loop {
                    let first = next.fetch_add(BATCH, Ordering::SeqCst);
                    if first >= mails {
                        break;
                    }
                    let batch = BATCH.min(mails - first);
                    let figures = runtime.block_on(play(seed.wrapping_add(first), batch, evidence, broken));
                    sum.lock().expect("not poisoned").add(&figures);
                }
            });
        }
    });
    sum.into_inner().expect("not poisoned")
}

/// Past the capture of the test's output.
fn say(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).expect("written");
}

fn table(name: &str, figures: &Figures) {
    let Figures { mails, faults, lost, extra, most, refused, uncertain, once_extra, unsettled, .. } = figures;
    say(&format!(
        "sending, {name}: {mails} mails, {faults} faults; at least once: {lost} lost, {extra} extra copies (at most {most} of a mail), \
         {refused} refused for good; at most once: {once_extra} extra copies, {uncertain} left uncertain; {unsettled} unsettled"
    ));
}

#[test]
fn whatever_fails_no_mail_is_lost_and_none_goes_out_twice_that_ses_tells_of() {
    let (seed, mails) = (setting("SENDING_SEED", SEED), setting("SENDING_MAILS", MAILS));
    let told = campaign(true, seed, mails, "");
    let untold = campaign(false, seed, mails, "");
    table("SES tells", &told);
    table("SES is silent", &untold);
    let mut kinds: BTreeMap<String, u64> = told.kinds.clone();
    for (kind, count) in &untold.kinds {
        *kinds.entry(kind.clone()).or_default() += count;
    }
    for (kind, count) in &kinds {
        say(&format!("  {count:>6} {kind}"));
    }
    if mails >= MAILS {
        let all = told.faults + untold.faults;
        assert!(all >= 5_000, "only {all} faults happened");
        assert_eq!(kinds.len(), faulty::Storage::ALL.len() + faulty::Ses::ALL.len(), "each kind happened");
    }
    for figures in [&told, &untold] {
        assert_eq!((figures.lost, figures.once_extra, figures.unsettled), (0, 0, 0), "seed {seed}");
    }
    assert_eq!(told.extra, 0, "seed {seed}");
    assert!(untold.most <= 1, "seed {seed}");
    // Else nothing was tried that could go wrong.
    assert!(mails < MAILS || untold.extra > 0 && untold.uncertain > 0);
}

/// Figures that can't be wrong prove nothing: without one condition of the outbox they are.
#[test]
fn without_the_fence_of_a_claim_mails_go_out_twice() {
    let fence = "#state = :was AND attempts = :attempts";
    let broken = campaign(true, SEED, 100, fence);
    table("SES tells, without the fence", &broken);
    assert!(broken.extra + broken.once_extra > 0);
}
