//! Plays the shell blocks of a page in one shell from top to bottom, as a reader would, against an engine of its own.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use local::Options;
use tests::{TestApp, TestMerchant, text};

use super::page::{Block, apart, read};
use crate::second_opinion::{run, skipped, with_python};

/// The operator's key of the journeys.
const OPERATOR_KEY: &str = "my-operator-key";
/// What the samples in Python need.
const STANDARD_WEBHOOKS: &str = "standardwebhooks==1.1.0";

/// Blocks that can't run here: page, a part of the block, and why.
pub(super) const EXCUSED: &[(&str, &str, &str)] = &[
    ("README.md", "cargo run\n", "starts the engine, which is there already"),
    ("README.md", "cargo test --workspace", "runs this test"),
    ("README.md", "--data .goodword/brief", "starts the engine, which is there already"),
    ("infra/guides/journey.md", "--data .goodword/journey", "starts the engine, which is there already"),
    ("infra/guides/deliverability.md", "create-email-identity", "needs an account of AWS"),
    ("infra/guides/deliverability.md", "put-email-identity-mail-from-attributes", "needs an account of AWS"),
    ("infra/operations.md", "pip install", "installs what deploys"),
    ("infra/operations.md", "sam build", "needs an account of AWS"),
    ("infra/operations.md", "PublicUrl=", "needs an account of AWS"),
    ("infra/operations.md", "create-email-identity", "needs an account of AWS"),
    ("infra/operations.md", "get-secret-value", "needs an account of AWS"),
    ("infra/performance.md", "stories capacity", "prints what stories of this run assert"),
    ("infra/performance.md", "infra/scripts/bench", "takes long, and a quiet machine"),
    ("infra/performance.md", "infra/scripts/visitors", "fetches the lists of the day"),
    ("infra/performance.md", "stories scale", "prints what stories of this run assert"),
    ("infra/performance.md", "--bench verification", "takes minutes and a quiet machine"),
    ("infra/performance.md", "--bench tally", "takes minutes and a quiet machine"),
    ("CONTRIBUTING.md", ".ci/run", "runs this test"),
    ("tests/fuzz/README.md", "cargo +nightly fuzz", "needs another compiler, and hours"),
];

/// Why a block can't run here, if it can't.
pub(super) fn excuse(page: &str, block: &Block) -> Option<&'static str> {
    let of = |(known, part, _): &&(&str, &str, &str)| *known == page && block.text.contains(part);
    EXCUSED.iter().find(of).map(|(_, _, why)| *why)
}

/// Whether a block is something to run.
pub(super) fn runs(block: &Block) -> bool {
    matches!(block.language.as_str(), "sh" | "bash" | "python" | "js")
}

/// An engine for a page, and what its shell knows before the first block.
pub(super) struct Shell {
    pub(super) app: TestApp,
    variables: Vec<(String, String)>,
    /// What runs before the first block that contains a text.
    before: Vec<(String, String)>,
}

/// What a page printed.
#[derive(Debug)]
pub(super) struct Printed {
    /// Of each block, in order.
    pub(super) blocks: Vec<String>,
    /// Calls of `curl` that were answered 400 or above, as `status address`.
    pub(super) refused: Vec<String>,
}

impl Shell {
    /// Nothing but an engine: the page makes its merchant itself.
    pub(super) async fn bare() -> Self {
        let options = Options { operator_key: Some(OPERATOR_KEY.to_owned()), ..Options::default() };
        let app = TestApp::with(options).await;
        let url = app.engine.url.clone();
        Self { app, variables: Vec::new(), before: Vec::new() }.with("URL", &url)
    }

    /// A merchant's `KEY`, with the `SHOP` and `PROGRAM` of the journey, and Anna's link ANNA10.
    pub(super) async fn journey() -> (Self, TestMerchant) {
        let shell = Self::bare().await;
        let merchant = shell.app.merchant().await;
        let link = merchant.anna().await;
        let shell = shell.with("KEY", &merchant.api_key).with("SHOP", &merchant.shop.id);
        (shell.with("PROGRAM", &text(&link, "program")), merchant)
    }

    /// A merchant's `KEY`, and nothing else: the page connects its shop itself.
    pub(super) async fn merchant() -> (Self, TestMerchant) {
        let shell = Self::bare().await;
        let merchant = shell.app.merchant().await;
        (shell.with("KEY", &merchant.api_key), merchant)
    }

    /// With a variable.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Runs `script` before the first block that contains `part`: what the reader does elsewhere meanwhile.
    pub(super) fn before(mut self, part: &str, script: &str) -> Self {
        self.before.push((part.to_owned(), script.to_owned()));
        self
    }

    /// Plays the page. `None`: a tool is missing, which has been said.
    pub(super) async fn play(self, page: &'static str) -> Option<Printed> {
        let blocks = apart(&read(page)).0.into_iter().filter(|block| runs(block) && excuse(page, block).is_none());
        let blocks: Vec<_> = blocks.collect();
        assert!(!blocks.is_empty(), "{page} has nothing to play");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("docs").join(page.replace(['/', '.'], "-"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        let script = self.script(&blocks);
        let Self { app, variables, .. } = self;
        // Not on the thread that serves the engine.
        let played = tokio::task::spawn_blocking(move || play(&folder, &script, &blocks, variables));
        let printed = played.await.expect("a shell");
        drop(app);
        let (printed, refused) = skipped(printed)?;
        let printed = printed.unwrap_or_else(|why| panic!("{page}: {why}"));
        let blocks = printed.split(MARK).skip(1).map(str::to_owned).collect();
        Some(Printed { blocks, refused: refused.lines().filter(is_refused).map(str::to_owned).collect() })
    }

    /// The blocks as one script.
    fn script(&self, blocks: &[Block]) -> String {
        let mut script = PRELUDE.to_owned();
        let mut before = self.before.clone();
        for (number, block) in blocks.iter().enumerate() {
            let due = before.extract_if(.., |(part, _)| block.text.contains(part.as_str()));
            for (_, extra) in due {
                script.push_str(&extra);
                script.push('\n');
            }
            let _ = writeln!(script, "printf '%s' '{MARK}'");
            match block.language.as_str() {
                "python" => {
                    let _ = writeln!(script, "\"$PYTHON\" block-{number}.py");
                }
                "js" => {
                    let _ = writeln!(script, "node block-{number}.mjs");
                }
                _ => script.push_str(&block.text),
            }
        }
        assert!(before.is_empty(), "no block contains {before:?}");
        script
    }
}

/// Stands between what blocks print.
const MARK: &str = "\u{1e}";

/// Any failure ends it, and calls that are refused are noted. Unlike a reader's terminal it does not go on.
///
/// Nothing leaves this machine: credentials of a platform's API lead to the stand-in at `$PLATFORM`, where there is one.
const PRELUDE: &str = r#"set -euo pipefail
API='"api": {'
STAND_IN=${PLATFORM:+'"base_url": "'$PLATFORM'", '}
curl() {
  command curl --max-time 60 -w '%{stderr}%{http_code} %{url_effective}\n' "${@//"$API"/$API$STAND_IN}" 2>>statuses.txt
}
"#;

fn is_refused(line: &&str) -> bool {
    line.split_once(' ').and_then(|(status, _)| status.parse::<u16>().ok()).is_none_or(|status| status >= 400)
}

type Outcome = (Result<String, String>, String);

/// Runs the script in the folder. The outer error: a tool is missing.
fn play(folder: &Path, script: &str, blocks: &[Block], variables: Vec<(String, String)>) -> Result<Outcome, String> {
    for tool in ["bash", "curl", "jq"] {
        run(Command::new(tool).arg("--version"), "")?;
    }
    run(Command::new("openssl").arg("version"), "")?;
    let speaks = |language: &str| blocks.iter().any(|block| block.language == language);
    let python: PathBuf =
        if speaks("python") { with_python(STANDARD_WEBHOOKS)?.join("venv/bin/python") } else { "".into() };
    if speaks("js") {
        run(Command::new("node").arg("--version"), "")?;
    }
    for (number, block) in blocks.iter().enumerate() {
        let ending = match block.language.as_str() {
            "python" => "py",
            "js" => "mjs",
            _ => continue,
        };
        std::fs::write(folder.join(format!("block-{number}.{ending}")), &block.text).map_err(|it| it.to_string())?;
    }
    std::fs::write(folder.join("page.sh"), script).map_err(|error| error.to_string())?;
    let mut bash = Command::new("bash");
    bash.arg("page.sh").current_dir(folder).env("PYTHON", python).envs(variables);
    let statuses = || std::fs::read_to_string(folder.join("statuses.txt")).unwrap_or_default();
    let printed = run(&mut bash, "").map_err(|why| format!("{why}\nits calls:\n{}", statuses()));
    Ok((printed, statuses()))
}
