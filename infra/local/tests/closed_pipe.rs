//! The runner's own binary, with a reader that stops early.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

#[test]
fn who_reads_two_lines_hears_no_complaint_and_the_demo_is_played() {
    let folder = std::env::temp_dir().join(format!("goodword-closed-pipe-{}", std::process::id()));
    let runner = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_goodword"));
        command.args(["--port", "0", "--data"]).arg(&folder).args(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts")
    };
    // `cargo run | head -2`
    let mut first = runner(&[]);
    let mut lines = BufReader::new(first.stdout.take().expect("an output")).lines();
    assert!(lines.next().expect("a line").expect("reads").starts_with("Goodword at http://127.0.0.1:"));
    lines.next().expect("a line").expect("reads");
    drop(lines);
    let ended = first.wait_with_output().expect("ends by itself");
    assert!(ended.status.success(), "{:?}", ended.status);
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");

    // Nothing was left half-done: the next start finds the demo.
    let mut second = runner(&[]);
    let mut said = BufReader::new(second.stdout.take().expect("an output")).lines();
    let found = said.by_ref().map_while(Result::ok).find(|line| line.contains("demo") || line.starts_with("  1."));
    second.kill().expect("is killed");
    second.wait().expect("ends");
    std::fs::remove_dir_all(&folder).expect("a folder");
    assert!(found.as_deref().is_some_and(|line| line.starts_with("The demo was played here before")), "{found:?}");
}
