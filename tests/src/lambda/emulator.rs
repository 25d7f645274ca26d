//! AWS's own emulator of what Lambda is to a function (`aws-lambda-rie`, in the PyPI package `aws-sam-cli`): it starts the
//! function's binary, and again when it ended, and hands it each event that is posted.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use reqwest::Client;
use serde_json::Value;
use tokio::net::TcpStream;

use super::{LAMBDA, PATIENCE, output_file, read_all};

/// What it says whenever it starts the function.
const STARTED: &str = "INIT START";

/// A function under the emulator.
pub struct Emulator {
    child: Mutex<Child>,
    url: String,
    client: Client,
    printed: Mutex<File>,
}

impl Emulator {
    /// Puts a binary under the emulator, with these variables and Lambda's. `None`: there is no emulator, which is said; in CI
    /// that is a failure.
    pub async fn of(binary: &str, variables: &[(&str, &str)]) -> Option<Self> {
        let program = match find() {
            Ok(program) => program,
            Err(why) => {
                println!("skipped: {why}");
                assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "no emulator: {why}");
                return None;
            }
        };
        let [address, runtime_api] = [free_address(), free_address()];
        let (output, printed) = output_file().expect("a file for what it prints");
        let child = Command::new(program)
            .args(["--runtime-interface-emulator-address", &address, "--runtime-api-address", &runtime_api, binary])
            .env_clear()
            .envs(LAMBDA)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(output)
            .spawn()
            .expect("the emulator starts");
        let url = format!("http://{address}/2015-03-31/functions/function/invocations");
        let emulator = Self { child: Mutex::new(child), url, client: Client::new(), printed: Mutex::new(printed) };
        let listens = async { while TcpStream::connect(&address).await.is_err() {} };
        tokio::time::timeout(PATIENCE, listens).await.expect("the emulator listens");
        Some(emulator)
    }

    /// What the function answers; an object with `errorType` when it failed.
    pub async fn invoke(&self, event: &Value) -> Value {
        let answer = self.client.post(&self.url).body(event.to_string()).send().await.expect("an answer");
        answer.json().await.expect("JSON")
    }

    /// How often the function was started: once, as long as nothing ends it.
    pub fn starts(&self) -> usize {
        read_all(&self.printed).lines().filter(|line| line.contains(STARTED)).count()
    }
}

impl Drop for Emulator {
    /// The function follows: it can ask nobody for events any more.
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// An address that nobody listens on.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").to_string()
}

/// The emulator of this processor, beside the package that ships it.
fn find() -> Result<PathBuf, String> {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools/sam/bin/python");
    let processor = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    for python in [ours.as_path(), Path::new("python3")] {
        let script = "import pathlib, samcli; print(pathlib.Path(samcli.__file__).parent)";
        let Ok(asked) = Command::new(python).args(["-c", script]).output() else { continue };
        let folder = PathBuf::from(String::from_utf8_lossy(&asked.stdout).trim());
        let program = folder.join(format!("local/rapid/aws-lambda-rie-{processor}"));
        if asked.status.success() && program.is_file() {
            return Ok(program);
        }
    }
    Err("there is no aws-sam-cli; infra/scripts/check-template installs it".to_owned())
}
