//! What outlives a restart, in one folder: the database, the mails, the keys, the clock, and how far streams were read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use shared::app::random;
use shared::crypto::hex;

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

/// The folder, or nothing: then all is in memory.
#[derive(Clone, Debug)]
pub(crate) struct Data(Option<PathBuf>);

impl Data {
    /// Opens or makes the folder. The error says what can't be done with it.
    pub(crate) fn open(folder: Option<&Path>) -> Result<(Self, State), String> {
        let Some(folder) = folder else { return Ok((Self(None), State::new())) };
        let problem = |e: &dyn std::fmt::Display| format!("the data folder {} can't be used: {e}", folder.display());
        if !folder.exists() {
            std::fs::create_dir_all(folder).map_err(|e| problem(&e))?;
            restrict(folder, 0o700).map_err(|e| problem(&e))?;
        }
        let file = folder.join("state.json");
        let state = if file.exists() {
            let text = std::fs::read_to_string(&file).map_err(|e| problem(&e))?;
            serde_json::from_str(&text).map_err(|e| problem(&e))?
        } else {
            State::new()
        };
        let data = Self(Some(folder.to_owned()));
        data.save(&state).map_err(|e| problem(&e))?;
        Ok((data, state))
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
