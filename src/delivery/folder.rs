//! The folder account: writes each mail as files instead of sending it.
//!
//! A file appears whole under its name or not at all, so another program may watch the folder.

use crate::message;
use crate::os::standard;
use crate::outbox::Claimed;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Characters of a receipt number that go into a file name.
const NAME_CHARACTERS: usize = 60;

/// Writes `.eml`, and beside it `.html` and `.txt` with the parts a customer sees; gives the path of the `.eml`.
pub(super) fn write(folder: &Path, claimed: &Claimed, mail: &[u8]) -> io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let stem = format!("{:08}-{}", claimed.id, file_name(&claimed.number));
    let parts = message::read(mail).unwrap_or_default();
    for (part, ending) in [(parts.html, "html"), (parts.text, "txt")] {
        if let Some(part) = part {
            put(&folder.join(format!("{stem}.{ending}")), part.as_bytes())?;
        }
    }
    let path = folder.join(format!("{stem}.eml"));
    put(&path, mail)?;
    Ok(path)
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(".part");
    let mut file = File::create(&draft).and_then(standard::above)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(draft, path)
}

fn file_name(number: &str) -> String {
    number
        .chars()
        .take(NAME_CHARACTERS)
        .map(|character| {
            if character.is_alphanumeric() || "-_".contains(character) {
                character
            } else {
                '_'
            }
        })
        .collect()
}
