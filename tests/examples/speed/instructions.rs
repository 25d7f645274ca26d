//! Instructions of a warm visit, as callgrind counts them, from when a process is warm until it ends.

use std::path::Path;
use std::process::Command;

use tests::lambda::Visit;

use crate::Programs;
use crate::starts::{Stage, visits};
use crate::table::Table;

/// Visits that are counted.
const VISITS: u64 = 100;
/// Visits before that. Callgrind is slow: the first ones may run out of time.
const BEFORE: u64 = 30;

pub(crate) async fn measure(table: &mut Table, stage: &Stage, programs: &Programs) {
    let (what, goal) = ("instructions of a warm visit (callgrind), against a function that does nothing", "≤ 3×");
    if Command::new("valgrind").arg("--version").output().is_err() {
        return table.absent(what, goal, "valgrind is not installed");
    }
    let Some(noop) = &programs.noop else { return table.absent(what, goal, "the other one is not built") };
    let ours = per_visit(stage, &programs.redirect).await;
    let theirs = per_visit(stage, noop).await;
    table.at_most(what, 3.0, "×", ours / theirs, 2);
}

/// Instructions per visit.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
async fn per_visit(stage: &Stage, program: &Path) -> f64 {
    let file = std::env::temp_dir().join(format!("goodword-callgrind-{}", std::process::id()));
    let mut command = Command::new("/usr/bin/valgrind");
    command.arg("--tool=callgrind").arg(format!("--callgrind-out-file={}", file.display())).arg("--quiet").arg(program);
    let sandbox = stage.start(&mut command).await;
    for _ in 0..BEFORE {
        sandbox.invoke(&Visit::by_a_person("ANNA10").event()).await;
    }
    visits(&sandbox, BEFORE).await;
    let reset = Command::new("callgrind_control").arg("--zero").arg(sandbox.id().to_string()).output();
    assert!(reset.expect("callgrind_control comes with valgrind").status.success(), "counts from here");
    let lost = sandbox.counted("ClickLost");
    visits(&sandbox, VISITS).await;
    assert_eq!(sandbox.counted("ClickLost"), lost, "every counted visit is a whole one");
    sandbox.terminate().await;
    let text = std::fs::read_to_string(&file).expect("callgrind wrote its counts");
    let line = text.lines().find_map(|line| line.strip_prefix("summary: ").or_else(|| line.strip_prefix("totals: ")));
    let sum: u64 = line.expect("a sum").split(' ').next().expect("a number").parse().expect("a number");
    sum as f64 / VISITS as f64
}
