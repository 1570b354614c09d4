//! What is opened, and as whom: the state folder, the store, the role and the language.

use crate::text::Language;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Who the process is: a till sends, the back office also configures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Role {
    /// May do everything.
    #[default]
    BackOffice,
    /// May send, wait and read; not configure.
    Till,
}

/// What to open, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Folder that holds settings, outbox and journal.
    pub folder: PathBuf,
    /// Store whose settings and name are used where a call names none.
    pub store: String,
    /// Role of this process.
    pub role: Role,
    /// Language of sentences; without it, the one in the settings.
    pub language: Option<Language>,
}

/// Folder of the state folder inside the system's folder for such data.
const FOLDER: &str = "tillmail";

impl Default for Opening {
    /// The back office of store "1", in a folder for all users of this machine: %ProgramData% on
    /// Windows; elsewhere /var/lib/tillmail where an
    /// administrator has made it, else the user's own state folder.
    fn default() -> Self {
        Opening {
            folder: usual_folder(),
            store: "1".to_owned(),
            role: Role::default(),
            language: None,
        }
    }
}

#[cfg(windows)]
fn usual_folder() -> PathBuf {
    let data = std::env::var_os("ProgramData")
        .map_or_else(|| PathBuf::from(r"C:\ProgramData"), PathBuf::from);
    data.join(FOLDER)
}

#[cfg(not(windows))]
fn usual_folder() -> PathBuf {
    let of_user = std::env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/state")))
        .filter(|folder| folder.is_absolute());
    let shared = Path::new("/var/lib").join(FOLDER);
    match of_user {
        Some(of_user) if !shared.is_dir() => of_user.join(FOLDER),
        _ => shared,
    }
}

/// Makes a folder that only its owner may look into.
#[cfg(unix)]
pub(crate) fn make_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

/// Makes a folder.
#[cfg(not(unix))]
pub(crate) fn make_private(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)
}
