//! What outlives a restart, in one folder: the database, the mails, the keys, the clock, and how far streams were read.

use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use shared::app::random;
use shared::crypto::hex;

/// The file of the embedded database.
pub(crate) const DATABASE: &str = "dynamodb.sqlite";

/// Secrets and positions, kept as `state.json`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) keys: BTreeMap<u32, String>,
    pub(crate) pepper: String,
    pub(crate) operator_key: String,
    #[serde(default)]
    pub(crate) clock_shift_seconds: i64,
    #[serde(default)]
    pub(crate) stream_positions: BTreeMap<String, String>,
    /// Nothing was here before this start.
    #[serde(skip)]
    pub(crate) fresh: bool,
    /// What the demo made, to be shown again.
    #[serde(default)]
    pub(crate) demo: Option<serde_json::Value>,
}

impl State {
    /// New secrets.
    fn new() -> Self {
        let secret = || hex(&random::<32>());
        Self {
            keys: BTreeMap::from([(1, secret())]),
            pepper: secret(),
            operator_key: format!("op_{}", secret()),
            fresh: true,
            ..Self::default()
        }
    }
}

/// A data folder that is ours alone for as long as this lives. Two runners would write over one another's keys and clock.
#[derive(Debug)]
pub struct Lock {
    /// Gives the lock back when it is closed, also when the process dies.
    _file: File,
}

impl Lock {
    /// Takes the folder, and makes it if need be. The error says that another runner has it.
    pub fn take(folder: &Path) -> Result<Self, String> {
        make(folder)?;
        let file = folder.join("lock");
        let file = File::options().create(true).truncate(false).write(true).open(file);
        let file = file.map_err(|e| unusable(folder, &e))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => {
                Err(unusable(folder, &"another runner uses it; stop that one, or name another folder with --data"))
            }
            Err(TryLockError::Error(e)) => Err(unusable(folder, &e)),
        }
    }
}

fn unusable(folder: &Path, why: &dyn std::fmt::Display) -> String {
    format!("the data folder {} can't be used: {why}", folder.display())
}

fn make(folder: &Path) -> Result<(), String> {
    if !folder.exists() {
        std::fs::create_dir_all(folder).map_err(|e| unusable(folder, &e))?;
        restrict(folder, 0o700).map_err(|e| unusable(folder, &e))?;
    }
    Ok(())
}

/// The folder, or nothing: then all is in memory.
#[derive(Clone, Debug)]
pub(crate) struct Data(Option<PathBuf>);

impl Data {
    /// Opens or makes the folder. A new state is not kept yet: first the database must be empty too. The error says what
    /// can't be done with the folder.
    pub(crate) fn open(folder: Option<&Path>) -> Result<(Self, State), String> {
        let Some(folder) = folder else { return Ok((Self(None), State::new())) };
        let problem = |e: &dyn std::fmt::Display| unusable(folder, e);
        make(folder)?;
        let file = folder.join("state.json");
        let state = if file.exists() {
            let text = std::fs::read_to_string(&file).map_err(|e| problem(&e))?;
            serde_json::from_str(&text).map_err(|e| problem(&e))?
        } else if folder.join(DATABASE).exists() {
            // Under other secrets nobody would be known again, and nothing that is sealed could be opened.
            let lost = "state.json is gone, but the database is there, whose keys and pepper it had. Put it back, or \
                        delete the whole folder to begin anew";
            return Err(problem(&lost));
        } else {
            State::new()
        };
        Ok((Self(Some(folder.to_owned())), state))
    }

    /// A file in the folder.
    pub(crate) fn file(&self, name: &str) -> Option<PathBuf> {
        self.0.as_ref().map(|folder| folder.join(name))
    }

    /// Keeps the state. Written aside and moved into place, so that a crash leaves the old or the new one.
    pub(crate) fn save(&self, state: &State) -> std::io::Result<()> {
        let Some(file) = self.file("state.json") else { return Ok(()) };
        let aside = file.with_extension("json.new");
        std::fs::write(&aside, serde_json::to_vec_pretty(state)?)?;
        restrict(&aside, 0o600)?;
        std::fs::rename(aside, file)
    }
}

/// Keys and personal data lie here: only their owner may read them.
#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn restrict(_path: &Path, _mode: u32) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of this test's own.
    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("goodword-{name}-{}", hex(&random::<8>())));
        assert!(!folder.exists());
        folder
    }

    #[test]
    fn repair_20_a_second_runner_does_not_get_the_folder_and_the_next_one_does() {
        let folder = folder("lock");
        let first = Lock::take(&folder).expect("it is free");
        let refused = Lock::take(&folder).expect_err("it is taken");
        assert!(refused.contains("another runner uses it"), "{refused}");
        drop(first);
        drop(Lock::take(&folder).expect("it is free again"));
        std::fs::remove_dir_all(folder).expect("is removed");
    }

    #[test]
    fn repair_20_a_lost_state_never_makes_a_new_pepper() {
        let folder = folder("state");
        let (data, first) = Data::open(Some(&folder)).expect("opens");
        data.save(&first).expect("is kept");
        std::fs::write(folder.join(DATABASE), "rows").expect("writes");
        let (_, again) = Data::open(Some(&folder)).expect("opens again");
        assert_eq!((again.pepper, again.fresh), (first.pepper.clone(), false));
        // Kept elsewhere for a moment, as a backup would be.
        let kept = std::fs::read(folder.join("state.json")).expect("reads");
        std::fs::remove_file(folder.join("state.json")).expect("is removed");
        let refused = Data::open(Some(&folder)).expect_err("the state is gone");
        assert!(refused.contains("state.json is gone"), "{refused}");
        assert!(!folder.join("state.json").exists(), "a new state was written");
        std::fs::write(folder.join("state.json"), kept).expect("writes");
        assert_eq!(Data::open(Some(&folder)).expect("opens").1.pepper, first.pepper);
        std::fs::remove_dir_all(folder).expect("is removed");
    }
}
