//! A small Lambda: runs a function's own binary as a child process, hands it events through Lambda's Runtime API, one at
//! a time, and takes its answers. So tests and benches see what is deployed, from `exec` to the end of the process.

mod api;
mod emulator;
mod event;

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;

use api::Api;

pub use emulator::Emulator;
pub use event::Visit;

/// Longer than any start or answer takes; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// What became of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The function's answer.
    Answer(Value),
    /// The function failed, and says so.
    Error(Value),
    /// The process is gone without a word.
    Gone,
}

impl Outcome {
    /// The address that an answer of status 302 leads to.
    pub fn location(&self) -> Option<&str> {
        let Self::Answer(answer) = self else { return None };
        (answer["statusCode"] == 302).then(|| answer["headers"]["location"].as_str()).flatten()
    }
}

/// One process of a function.
pub struct Sandbox {
    child: Mutex<Child>,
    id: u32,
    api: Api,
    printed: Mutex<File>,
    is_gone: watch::Receiver<bool>,
}

impl Sandbox {
    /// Starts a process with these variables and no others, but those that Lambda sets itself.
    pub async fn start(command: &mut Command, variables: &[(&str, &str)]) -> Self {
        let api = Api::start().await;
        let (output, printed) = output_file().expect("a file for what it prints");
        let (mut ending, held) = io::pipe().expect("a pipe");
        let child = command
            .env_clear()
            .envs(LAMBDA)
            .env("AWS_LAMBDA_RUNTIME_API", &api.address)
            .envs(variables.iter().copied())
            .stdin(held)
            .stdout(output)
            .stderr(Stdio::inherit());
        let child = child.spawn().unwrap_or_else(|failure| panic!("{command:?} does not start: {failure}"));
        // Only the process holds the pipe from now on, so the pipe's end is the process's end.
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let (gone, is_gone) = watch::channel(false);
        std::thread::spawn(move || {
            let _ = ending.read(&mut [0]);
            gone.send_replace(true);
        });
        Self { id: child.id(), child: Mutex::new(child), api, printed: Mutex::new(printed), is_gone }
    }

    /// Starts a binary that needs no arguments.
    pub async fn of(binary: impl AsRef<Path>, variables: &[(&str, &str)]) -> Self {
        Self::start(&mut Command::new(binary.as_ref()), variables).await
    }

    /// Waits until the function asks for its first event: its start is over.
    pub async fn ready(&self) {
        tokio::select! {
            () = self.api.asked() => {}
            () = self.gone() => panic!("the function ended at its start: {:?}", self.printed()),
            () = tokio::time::sleep(PATIENCE) => panic!("the function does not start: {:?}", self.printed()),
        }
    }

    /// Hands over an event and waits for what becomes of it.
    pub async fn invoke(&self, event: &Value) -> Outcome {
        let answered = self.api.invoke(event);
        tokio::select! {
            outcome = answered => outcome,
            () = self.gone() => Outcome::Gone,
            () = tokio::time::sleep(PATIENCE) => panic!("no answer: {:?}", self.printed()),
        }
    }

    /// Ends the process as the kernel does when Lambda has no more use for it or it takes too much: at once (SIGKILL).
    pub fn kill(&self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        child.kill().expect("the process can be killed");
        child.wait().expect("it ends");
    }

    /// The lines that it wrote to its standard output: logs and metrics. What it wrote before it answered is there.
    pub fn printed(&self) -> Vec<String> {
        read_all(&self.printed).lines().map(str::to_owned).collect()
    }

    /// How often it counted this metric.
    pub fn counted(&self, metric: &str) -> usize {
        let lines = self.printed();
        let values = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        values.filter(|line| line["_aws"].is_object() && line[metric] == 1).count()
    }

    /// Processor time of all its living threads since `exec`, in nanoseconds.
    pub fn cpu_ns(&self) -> u64 {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.id)).expect("a Linux process");
        let of = |thread: std::io::Result<std::fs::DirEntry>| {
            let text = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        };
        threads.filter_map(of).sum()
    }

    /// Memory that is resident now, in KiB, with the pages of its own file.
    pub fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id)).expect("a Linux process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Waits until the function has asked for so many events.
    pub async fn asked_times(&self, times: u64) {
        tokio::time::timeout(PATIENCE, self.api.asked_times(times)).await.expect("it asks for events");
    }

    /// How many events it was given.
    pub fn invoked(&self) -> u64 {
        self.api.invoked()
    }

    /// The process's id.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Asks the process to end (SIGTERM), and waits until it has.
    pub async fn terminate(&self) {
        Command::new("kill").arg(self.id.to_string()).status().expect("kill runs");
        tokio::time::timeout(PATIENCE, self.gone()).await.expect("it ends");
    }

    async fn gone(&self) {
        let mut gone = self.is_gone.clone();
        // An error is that the reading thread is over, which is the same.
        let _ = gone.wait_for(|gone| *gone).await;
    }
}

/// A file without a name, to write to and to read: a pipe's reader would see a line some time after it was written.
fn output_file() -> io::Result<(File, File)> {
    let path = std::env::temp_dir().join(format!("sandbox-{}", ulid::Ulid::generate()));
    let output = OpenOptions::new().append(true).create_new(true).open(&path)?;
    let printed = File::open(&path)?;
    std::fs::remove_file(&path)?;
    Ok((output, printed))
}

/// What was written to it until now.
fn read_all(file: &Mutex<File>) -> String {
    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes)).expect("what it printed");
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        // Gone already, or gone now.
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// What Lambda puts into every function's environment, and what the runtime's library asks for.
const LAMBDA: [(&str, &str); 10] = [
    ("AWS_LAMBDA_FUNCTION_NAME", "goodword-test"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/goodword-test"),
    ("AWS_LAMBDA_LOG_STREAM_NAME", "test"),
    ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
    ("AWS_REGION", "eu-north-1"),
    ("AWS_ACCESS_KEY_ID", "local"),
    ("AWS_SECRET_ACCESS_KEY", "local"),
    ("AWS_SESSION_TOKEN", "local"),
];
