//! `presets.json` in the state folder: a table that replaces the built-in one.
//!
//! Looked at on every use, read only when it has changed. A file that does not fit is refused as a
//! whole, with the reason, and the built-in table holds: mails must not stop for a missing comma.

use super::{Endpoints, Preset, Presets};
use crate::clock::calendar_day;
use crate::error::{
    Error, MAIL_E_DISK, MAIL_E_JSON, MAIL_E_TOO_LARGE, MAIL_E_UTF8, MAIL_E_VALUE, Result,
};
use crate::json;
use crate::lock::lock;
use crate::settings::checks::{host_name, line};
use crate::settings::model::Security;
use crate::settings::oauth::{endpoint, scope};
use crate::text::{self, Language, Text};
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashSet;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::SystemTime;

/// Name of the file in the state folder.
const FILE: &str = "presets.json";
/// Largest file: the built-in table would take 20 KB.
const MAX_BYTES: u64 = 1 << 20;
/// Rows of a file.
const MAX_PRESETS: usize = 1_000;
/// Steps, notes, domains, mail exchangers or other ports of one row.
const MAX_LIST: usize = 100;

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct PresetTable {
    /// Every provider that the settings may name; none of the built-in ones is added.
    pub(crate) presets: Vec<Preset>,
}

/// The file, and what was read from it last.
#[derive(Debug)]
pub(crate) struct PresetFile {
    path: PathBuf,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default, Clone)]
struct Seen {
    stamp: Option<(SystemTime, u64)>,
    presets: Presets,
    refused: Option<Error>,
}

impl PresetFile {
    /// Names the file of a state folder and reads it.
    pub(crate) fn of(folder: &Path) -> Self {
        let file = PresetFile {
            path: folder.join(FILE),
            seen: Mutex::default(),
        };
        file.presets();
        file
    }

    /// Where the file is looked for.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the table in use.
    pub(crate) fn presets(&self) -> Presets {
        self.current().0
    }

    /// Gives the table in use, and why the file was refused.
    pub(crate) fn current(&self) -> (Presets, Option<Error>) {
        let mut seen = lock(&self.seen);
        match stamp(&self.path) {
            Ok(stamp) if stamp == seen.stamp => {}
            Ok(None) => *seen = Seen::default(),
            // The stamp is taken before the reading: a file that changes meanwhile is read once more.
            Ok(stamp) => *seen = Seen::read(&self.path, stamp),
            Err(error) => *seen = Seen::refused(None, disk(&error)),
        }
        (seen.presets.clone(), seen.refused.clone())
    }
}

impl Seen {
    fn read(path: &Path, stamp: Option<(SystemTime, u64)>) -> Self {
        match table(path) {
            Ok(rows) => Seen {
                stamp,
                presets: Presets {
                    replaced: Some(rows.into()),
                },
                refused: None,
            },
            Err(error) => Seen::refused(stamp, error),
        }
    }

    fn refused(stamp: Option<(SystemTime, u64)>, error: Error) -> Self {
        Seen {
            stamp,
            presets: Presets::default(),
            refused: Some(error),
        }
    }
}

fn stamp(path: &Path) -> std::io::Result<Option<(SystemTime, u64)>> {
    match std::fs::metadata(path) {
        Ok(metadata) => Ok(Some((metadata.modified()?, metadata.len()))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn disk(error: &std::io::Error) -> Error {
    Error::new(MAIL_E_DISK, text::cannot_read(&error.to_string()))
}

fn table(path: &Path) -> Result<Vec<Preset>> {
    let content = content(path)?;
    let value: Value = serde_json::from_str(&content).map_err(|error| {
        let message = text::file_not_json(error.line(), error.column(), &error.to_string());
        Error::new(MAIL_E_JSON, message)
    })?;
    let table: PresetTable = json::read(&value)?;
    check(&table.presets).map_err(|error| error.inside("presets"))?;
    Ok(table.presets)
}

fn content(path: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    // A pipe or a device of that name would block the call or never end.
    if !path.is_file() {
        return Err(Error::new(MAIL_E_DISK, text::not_a_file()));
    }
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| disk(&error))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_BYTES {
        let most = usize::try_from(MAX_BYTES).unwrap_or(usize::MAX);
        return Err(Error::new(MAIL_E_TOO_LARGE, text::longer_than(most)));
    }
    let content = String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to();
        Error::new(MAIL_E_UTF8, text::file_not_utf8(place))
    })?;
    // Windows' Notepad writes one.
    Ok(content.trim_start_matches('\u{feff}').to_owned())
}

fn check(presets: &[Preset]) -> Result<()> {
    if presets.is_empty() || presets.len() > MAX_PRESETS {
        return Err(Error::new(MAIL_E_VALUE, text::list_length(1, MAX_PRESETS)));
    }
    let (mut ids, mut domains, mut mx) = (HashSet::new(), HashSet::new(), HashSet::new());
    for (index, preset) in presets.iter().enumerate() {
        let place = format!("[{index}]");
        row(preset)
            .and_then(|()| once(&mut ids, &preset.id).map_err(|error| error.inside("id")))
            .and_then(|()| {
                each(&preset.domains, "domains", |domain| {
                    self::domain(domain).and_then(|()| once(&mut domains, domain))
                })
            })
            .and_then(|()| {
                each(&preset.mx, "mx", |host| {
                    self::domain(host).and_then(|()| once(&mut mx, host))
                })
            })
            .map_err(|error| error.inside(&place))?;
    }
    Ok(())
}

fn row(preset: &Preset) -> Result<()> {
    filled_line(&preset.id).map_err(|error| error.inside("id"))?;
    filled_line(&preset.label).map_err(|error| error.inside("label"))?;
    host_name(&preset.host).map_err(|error| error.inside("host"))?;
    encrypted(preset.port, preset.security)?;
    preset
        .password_ends
        .as_deref()
        .map_or(Ok(()), |day| calendar_day(day).map(|_| ()))
        .map_err(|error| error.inside("password_ends"))?;
    each(&preset.alternatives, "alternatives", |other| {
        encrypted(other.port, other.security)
    })?;
    preset
        .oauth
        .as_ref()
        .map_or(Ok(()), endpoints)
        .map_err(|error| error.inside("oauth"))?;
    for (field, texts) in [("steps", &preset.steps), ("notes", &preset.notes)] {
        each(texts.as_deref().unwrap_or_default(), field, text_lines)?;
    }
    for (field, word) in [
        ("spf", &preset.spf),
        ("checked", &preset.checked),
        ("source", &preset.source),
    ] {
        word.as_deref()
            .map_or(Ok(()), line)
            .map_err(|error| error.inside(field))?;
    }
    Ok(())
}

fn endpoints(oauth: &Endpoints) -> Result<()> {
    filled_line(&oauth.name).map_err(|error| error.inside("name"))?;
    let urls = [
        (Some(&oauth.token_url), "token_url"),
        (oauth.device_url.as_ref(), "device_url"),
        (oauth.authorization_url.as_ref(), "authorization_url"),
    ];
    for (url, field) in urls {
        // The placeholder would be refused in a name and encoded in a path.
        url.map_or(Ok(()), |url| endpoint(&url.replace("{tenant}", "common")))
            .map_err(|error| error.inside(field))?;
    }
    each(&oauth.scopes, "scopes", |name| scope(name))?;
    each(&oauth.application_scopes, "application_scopes", |name| {
        scope(name)
    })?;
    match oauth.redirect_host.as_deref() {
        None | Some("127.0.0.1" | "localhost") => Ok(()),
        Some(other) => {
            let found = format!("\"{other}\"");
            let message = text::not_one_of(&found, &["127.0.0.1", "localhost"], None);
            Err(Error::at(MAIL_E_VALUE, "redirect_host", message))
        }
    }
}

/// A file may not open what the settings forbid: a saved password over an unencrypted line.
fn encrypted(port: u16, security: Security) -> Result<()> {
    if port == 0 {
        return Err(Error::at(MAIL_E_VALUE, "port", text::range(1, 65_535)));
    }
    if security == Security::None {
        let message = text::not_one_of("\"none\"", &["tls", "starttls"], None);
        return Err(Error::at(MAIL_E_VALUE, "security", message));
    }
    Ok(())
}

fn filled_line(words: &str) -> Result<()> {
    if words.trim().is_empty() {
        return Err(Error::new(MAIL_E_VALUE, text::empty()));
    }
    line(words)
}

fn domain(domain: &str) -> Result<()> {
    let name = domain.strip_prefix("*.").unwrap_or(domain);
    if name != name.to_lowercase() {
        return Err(Error::new(MAIL_E_VALUE, text::lower_case()));
    }
    // Anywhere else it would fit nothing, unseen.
    if name.contains('*') {
        return Err(Error::new(MAIL_E_VALUE, text::host_name(domain)));
    }
    host_name(name)
}

fn once<'a>(seen: &mut HashSet<&'a str>, word: &'a str) -> Result<()> {
    if seen.insert(word) {
        Ok(())
    } else {
        Err(Error::new(MAIL_E_VALUE, text::twice(word)))
    }
}

fn each<'a, T>(
    items: &'a [T],
    field: &str,
    mut check: impl FnMut(&'a T) -> Result<()>,
) -> Result<()> {
    if items.len() > MAX_LIST {
        return Err(Error::at(MAIL_E_VALUE, field, text::too_many(MAX_LIST)));
    }
    for (index, item) in items.iter().enumerate() {
        check(item)
            .map_err(|error| error.inside(&format!("[{index}]")))
            .map_err(|error| error.inside(field))?;
    }
    Ok(())
}

fn text_lines(text: &Text) -> Result<()> {
    for (language, name) in [(Language::French, "fr"), (Language::English, "en")] {
        filled_line(text.get(language)).map_err(|error| error.inside(name))?;
    }
    Ok(())
}
