//! Instructions of a warm visit, as callgrind counts them: the difference between a process with more visits and one with
//! fewer, so that the start is not in it.

use std::path::Path;
use std::process::Command;

use crate::Programs;
use crate::starts::{Stage, visits};
use crate::table::Table;

/// Visits of the shorter run; the longer one has three times as many.
const VISITS: u64 = 50;

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

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
async fn per_visit(stage: &Stage, program: &Path) -> f64 {
    let few = counted(stage, program, VISITS).await;
    let many = counted(stage, program, 3 * VISITS).await;
    (many - few) as f64 / (2 * VISITS) as f64
}

/// Instructions of a process that has so many visits.
async fn counted(stage: &Stage, program: &Path, number: u64) -> u64 {
    let file = std::env::temp_dir().join(format!("goodword-callgrind-{}-{number}", std::process::id()));
    let mut command = Command::new("/usr/bin/valgrind");
    command.arg("--tool=callgrind").arg(format!("--callgrind-out-file={}", file.display())).arg("--quiet").arg(program);
    let sandbox = stage.start(&mut command).await;
    visits(&sandbox, number).await;
    sandbox.terminate().await;
    let text = std::fs::read_to_string(&file).expect("callgrind wrote its counts");
    let line = text.lines().find_map(|line| line.strip_prefix("summary: ").or_else(|| line.strip_prefix("totals: ")));
    line.expect("a sum").split(' ').next().expect("a number").parse().expect("a number")
}
