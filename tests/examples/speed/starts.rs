//! Cold starts, first and warm visits, memory and size of `redirect` and of its twins. Processor time is that of the child
//! alone, from `exec` to when it asks for the next event.

use std::path::Path;
use std::process::Command;

use tests::TestApp;
use tests::lambda::{Outcome, Sandbox, Visit};

use crate::Programs;
use crate::front::Front;
use crate::table::{Table, median};

/// Rounds; in each all programs run one after the other.
const ROUNDS: usize = 25;
/// Warm visits per process that are measured together, after as many that are not.
const VISITS: u64 = 100;

/// What the children need to know.
pub(crate) struct Stage {
    variables: Vec<(String, String)>,
}

/// What one process took, in nanoseconds of processor time, and KiB.
#[derive(Clone, Copy, Debug)]
struct Run {
    cold: f64,
    start: f64,
    first: f64,
    warm: f64,
    resident: f64,
    answer: f64,
}

impl Stage {
    pub(crate) fn new(app: &TestApp, front: &Front) -> Self {
        let config = &app.engine.app.config;
        let path = |path: &Path| path.display().to_string();
        let variables = [
            ("CORE_TABLE", config.core_table.clone()),
            ("CLICKS_TABLE", config.clicks_table.clone()),
            ("GOODWORD_KEYS", format!("{{\"1\":\"{}\"}}", "k".repeat(64))),
            ("GOODWORD_PEPPER", "p".repeat(64)),
            ("AWS_ENDPOINT_URL_DYNAMODB", front.endpoint.clone()),
            ("AWS_CA_BUNDLE", path(&front.few)),
            ("SSL_CERT_FILE", path(&front.many)),
            ("NODE_EXTRA_CA_CERTS", path(&front.one)),
        ];
        Self { variables: variables.map(|(name, value)| (name.to_owned(), value)).into() }
    }

    /// A process of this program.
    pub(crate) async fn start(&self, command: &mut Command) -> Sandbox {
        let variables: Vec<_> = self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let sandbox = Sandbox::start(command, &variables).await;
        sandbox.ready().await;
        sandbox
    }
}

/// What a warm visit takes.
pub(crate) struct Warm {
    /// Processor time in milliseconds.
    pub(crate) cpu_ms: f64,
    /// What goes out to the shopper.
    pub(crate) answer_bytes: f64,
}

/// What API Gateway writes around a function's headers, and the TLS record around all of it.
const AROUND: &str = "HTTP/1.1 302 Found\r\nDate: Sun, 22 Nov 2026 10:00:00 GMT\r\nContent-Type: text/plain;charset=UTF-8\r\n\
    Content-Length: 0\r\nConnection: keep-alive\r\nApigw-Requestid: JKJaXmPLvHcESHA=\r\n\r\n";
const TLS_RECORD: usize = 22;

/// Visits by so many persons; each must be sent on. Answers the bytes of the last one's answer.
pub(crate) async fn visits(sandbox: &Sandbox, visits: u64) -> usize {
    let mut bytes = 0;
    for visit in 0..visits {
        let from = format!("203.0.{}.{}", visit / 250, visit % 250);
        let outcome = sandbox.invoke(&Visit::by_a_person("ANNA10").from(&from).event()).await;
        let Outcome::Answer(answer) = &outcome else { panic!("{outcome:?} {:?}", sandbox.printed()) };
        assert!(outcome.location().is_some(), "{outcome:?} {:?}", sandbox.printed());
        let headers = answer["headers"].as_object().into_iter().flatten();
        let headers = headers.map(|(name, value)| name.len() + value.as_str().map_or(0, str::len) + ": \r\n".len());
        bytes = AROUND.len() + TLS_RECORD + headers.sum::<usize>();
    }
    sandbox.asked_times(sandbox.invoked() + 1).await;
    bytes
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
async fn run(stage: &Stage, command: &mut Command) -> Run {
    let sandbox = stage.start(command).await;
    let start = sandbox.cpu_ns();
    visits(&sandbox, 1).await;
    let cold = sandbox.cpu_ns();
    let resident = sandbox.resident_kib();
    visits(&sandbox, VISITS).await;
    let before = sandbox.cpu_ns();
    let answer = visits(&sandbox, VISITS).await as f64;
    let warm = (sandbox.cpu_ns() - before) as f64 / VISITS as f64;
    Run {
        cold: cold as f64,
        start: start as f64,
        first: (cold - start) as f64,
        warm,
        resident: resident as f64,
        answer,
    }
}

/// The rows of cold starts, memory and size. Answers what a warm visit takes.
pub(crate) async fn measure(table: &mut Table, stage: &Stage, programs: &Programs) -> Warm {
    let mut runs: [Vec<Run>; 4] = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        let all =
            [Some(&programs.redirect), programs.noop.as_ref(), programs.defaults.as_ref(), programs.node.as_ref()];
        for (number, program) in all.into_iter().enumerate() {
            let Some(program) = program else { continue };
            let mut command = Command::new(if number == 3 { node() } else { program.clone().into() });
            if number == 3 {
                command.arg(program);
            }
            runs[number].push(run(stage, &mut command).await);
        }
    }
    let [ours, noop, defaults, node] = &runs;
    let ratio = |other: &[Run], of: fn(&Run) -> f64| {
        median(ours.iter().zip(other).map(|(ours, other)| of(ours) / of(other)).collect())
    };
    for (what, goal, other) in [
        ("cold start, processor time to the first 302, of a function that does nothing", 2.5, noop),
        ("… of the SDK's defaults", 0.25, defaults),
        ("… of Node 20 with the SDK for JavaScript 3", 0.15, node),
    ] {
        if other.is_empty() {
            table.absent(what, &format!("≤ {goal}×"), "it is not built");
        } else {
            table.at_most(what, goal, "×", ratio(other, |run| run.cold), 2);
        }
    }
    let start = median(ours.iter().map(|run| run.start / run.cold).collect());
    table.row("… of which before the first event", "", format!("{:.0} %", start * 100.0), None);
    let first = median(ours.iter().map(|run| run.first / run.warm).collect());
    table.at_most("first visit against a warm one, processor time", 2.0, "×", first, 2);
    if node.is_empty() {
        table.absent("warm visit, processor time, Node's against ours", "≥ 5×", "Node is missing");
    } else {
        let times = 1.0 / ratio(node, |run| run.warm);
        table.row(
            "warm visit, processor time, Node's against ours",
            "≥ 5×",
            format!("{times:.1}×"),
            Some(times >= 5.0),
        );
    }
    table.row(
        "warm visit, processor time, ours against nothing",
        "",
        format!("{:.2}×", ratio(noop, |run| run.warm)),
        None,
    );
    let resident = median(ours.iter().map(|run| run.resident / 1024.0).collect());
    table.at_most("resident memory, idle after a visit", 10.0, " MiB", resident, 1);
    let size = std::fs::metadata(&programs.redirect).expect("the binary").len();
    #[expect(clippy::cast_precision_loss, reason = "some millions")]
    let size = size as f64 / 1_000_000.0;
    table.at_most("binary, unzipped", 5.0, " MB", size, 2);
    let of = |of: fn(&Run) -> f64| median(ours.iter().map(of).collect());
    Warm { cpu_ms: of(|run| run.warm / 1e6), answer_bytes: of(|run| run.answer) }
}

fn node() -> std::ffi::OsString {
    std::env::var_os("BENCH_NODE_BINARY").unwrap_or_else(|| "/usr/bin/node".into())
}
