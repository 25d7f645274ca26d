//! `cargo run`: the whole engine on this machine. Plays one referral on first start, then stays up.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use lambda_http::tracing::Level;
use lambda_http::tracing::subscriber::filter::{LevelFilter, Targets};
use lambda_http::tracing::subscriber::prelude::*;
use lambda_http::tracing::subscriber::{self, fmt};
use local::out::{has_reader, say};
use local::{Engine, Lock, Options, demo};

/// Goodword on one machine: every route of template.yaml, on an embedded DynamoDB, with mails in an inbox page.
///
/// Besides the product's own routes there are, only here: GET /inbox and /inbox.json (the mails), POST /_local/clock
/// {"advance_seconds": N} (moves the clock and does what has become due), POST /_local/drain (returns when all is
/// quiet) and GET /_local/usage (read and write units by flow).
#[derive(Parser)]
#[command(name = "goodword", version)]
struct Arguments {
    /// Port to serve on (0: any free one)
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Folder that keeps state between starts
    #[arg(long, default_value = ".goodword", value_name = "DIR")]
    data: PathBuf,
    /// Do not play the demo on an empty data folder
    #[arg(long)]
    no_demo: bool,
    /// Use this DynamoDB instead of the embedded one
    #[arg(long, value_name = "URL")]
    dynamodb_endpoint: Option<String>,
    /// The region that this DynamoDB is asked in; DynamoDB Local keeps tables of one apart from those of another
    #[arg(long, default_value = "local", value_name = "REGION")]
    dynamodb_region: String,
    /// Key that may create merchants; made and printed when absent
    #[arg(long, env = "GOODWORD_OPERATOR_KEY", hide_env_values = true, value_name = "KEY")]
    operator_key: Option<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    // Only what a person must know: the steps of the demo are the story here, not the log.
    // The emulator warns of every condition that fails, which here is an answer like any other.
    let filter = Targets::new().with_default(Level::WARN).with_target("dynoxide", LevelFilter::OFF);
    subscriber::registry().with(fmt::layer().with_writer(std::io::stderr)).with(filter).init();
    let arguments = Arguments::parse();
    match run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("goodword: {problem}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    // Held until the process ends.
    let _lock = Lock::take(&arguments.data)?;
    let embedded = arguments.dynamodb_endpoint.is_none();
    let operator_key = arguments.operator_key.filter(|key| !key.is_empty());
    let own_key = operator_key.is_none();
    let engine = Engine::start(Options {
        port: arguments.port,
        data: Some(arguments.data.clone()),
        dynamodb_endpoint: arguments.dynamodb_endpoint,
        dynamodb_region: Some(arguments.dynamodb_region),
        operator_key,
        background: true,
        feedback: true,
        with_wire: false,
    })
    .await?;
    banner(&engine, &arguments.data, embedded, own_key);
    match engine.demo() {
        Some(demo) => remind(&engine, &demo),
        None if arguments.no_demo || !engine.is_fresh() => {}
        None => {
            if let Err(problem) = demo::play(&engine).await {
                eprintln!("goodword: the demo stopped: {problem}");
            }
        }
    }
    say("\nRunning. Stop with Ctrl-C.");
    // Nobody who pipes this into `head` waits for a server.
    if !has_reader() {
        return Ok(());
    }
    tokio::signal::ctrl_c().await.map_err(|e| e.to_string())
}

fn banner(engine: &Engine, data: &std::path::Path, embedded: bool, own_key: bool) {
    let database = if embedded { "embedded DynamoDB emulator" } else { "the DynamoDB you named" };
    say(format_args!("Goodword at {}", engine.url));
    say(format_args!(
        "  embedded:      {database}; mails go to {}/inbox instead of SES; the clock can be moved",
        engine.url
    ));
    say("  not embedded:  the functions: they are the ones that template.yaml deploys");
    say(format_args!("  data folder:   {}", data.display()));
    let operator_key = engine.operator_key();
    say(format_args!("  operator key:  {}", if own_key { &operator_key } else { "the one you gave" }));
}

fn remind(engine: &Engine, demo: &serde_json::Value) {
    let text = |field: &str| demo[field].as_str().unwrap_or_default().to_owned();
    say(format_args!("\nThe demo was played here before; its merchant's API key is {}", text("api_key")));
    say(format_args!("  curl -H 'Authorization: Bearer {}' {}{}", text("api_key"), engine.url, text("why")));
}
