//! How many mails get lost, and how many go out twice, when everything that can fail does: storage at each call, SES in
//! each way, workers that die or fall asleep between any two steps; with SES's word on what it took, and without. Seeded:
//! `SENDING_SEED=… SENDING_MAILS=… cargo test -p tests --test sending -- --nocapture` plays others, or more.

mod campaign;
mod faulty;

use std::collections::BTreeMap;
use std::io::Write as _;

use crate::campaign::{Figures, play};

/// Mails per campaign. There are two, and each mail meets several faults.
const MAILS: u64 = 1_200;
/// So many share a database.
const BATCH: u64 = 100;
const SEED: u64 = 20_261_122;

fn setting(name: &str, normal: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(normal)
}

async fn campaign(evidence: bool, seed: u64, mails: u64, broken: &'static str) -> Figures {
    let mut sum = Figures::default();
    let mut left = mails;
    while left > 0 {
        let batch = left.min(BATCH);
        sum.add(&play(seed.wrapping_add(left), batch, evidence, broken).await);
        left -= batch;
    }
    sum
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

#[tokio::test]
async fn whatever_fails_no_mail_is_lost_and_none_goes_out_twice_that_ses_tells_of() {
    let (seed, mails) = (setting("SENDING_SEED", SEED), setting("SENDING_MAILS", MAILS));
    let told = campaign(true, seed, mails, "").await;
    let untold = campaign(false, seed, mails, "").await;
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
    assert!(untold.extra > 0 && untold.uncertain > 0);
}

/// Figures that can't be wrong prove nothing: without one condition of the outbox they are.
#[tokio::test]
async fn without_the_fence_of_a_claim_mails_go_out_twice() {
    let fence = "#state = :claimed AND attempts = :attempts";
    let broken = campaign(true, SEED, 300, fence).await;
    table("SES tells, without the fence", &broken);
    assert!(broken.extra + broken.once_extra > 0);
}
