//! What a click costs, and against what: prints one table with goals. `infra/scripts/bench` builds what this runs and says
//! where it is. Everything is a count or a ratio of interleaved runs on the same machine; no time of a machine is a result.

mod front;
mod growth;
mod instructions;
mod money;
mod starts;
mod table;
mod units;

use std::path::PathBuf;

use table::Table;
use tests::TestApp;

/// The programs to compare, by environment variables that the script sets.
struct Programs {
    redirect: PathBuf,
    noop: Option<PathBuf>,
    defaults: Option<PathBuf>,
    node: Option<PathBuf>,
}

impl Programs {
    fn named() -> Self {
        let of = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.exists());
        Self {
            redirect: of("BENCH_REDIRECT").expect("BENCH_REDIRECT names the redirect's release binary"),
            noop: of("BENCH_NOOP"),
            defaults: of("BENCH_DEFAULTS"),
            node: of("BENCH_NODE"),
        }
    }
}

#[tokio::main]
async fn main() {
    let (programs, mut table) = (Programs::named(), Table::default());
    let app = TestApp::start().await;
    app.merchant().await.anna().await;
    units::measure(&mut table).await;
    let front = front::Front::start(&app.engine.endpoint).await;
    let stage = starts::Stage::new(&app, &front);
    let warm = starts::measure(&mut table, &stage, &programs).await;
    instructions::measure(&mut table, &stage, &programs).await;
    money::measure(&mut table, &warm);
    if std::env::var_os("BENCH_NO_GROWTH").is_none() {
        growth::measure(&mut table).await;
    }
    table.print();
}
