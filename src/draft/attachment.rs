//! Files that go with a mail: read during the call, from where the settings allow.

use crate::error::{
    Error, MAIL_E_ATTACHMENT, MAIL_E_ATTACHMENT_FORBIDDEN, MAIL_E_TOO_LARGE, MAIL_E_VALUE, Result,
};
use crate::settings::checks::line;
use crate::text;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Attachments of one mail.
pub(super) const MOST: usize = 20;

/// One file that goes with a mail: by `path`, or by `base64` with `name`.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Attachment {
    /// Absolute path of a file; it is read during the call.
    pub(crate) path: Option<String>,
    /// The bytes themselves, base64.
    pub(crate) base64: Option<String>,
    /// File name the customer sees; default: the name in `path`.
    pub(crate) name: Option<String>,
    /// Content type; default: by the ending of the name.
    pub(crate) content_type: Option<String>,
}

/// An attachment in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attached {
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) bytes: Vec<u8>,
}

/// Endings that tills attach, and their content types (IANA).
const CONTENT_TYPES: &[(&str, &str)] = &[
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("txt", "text/plain; charset=utf-8"),
    ("csv", "text/csv; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("xml", "application/xml"),
    ("json", "application/json"),
    ("ics", "text/calendar; charset=utf-8"),
    ("zip", "application/zip"),
    ("pkpass", "application/vnd.apple.pkpass"),
];

/// Reads one attachment of at most `left_bytes`.
pub(super) fn read(
    given: &Attachment,
    folders: Option<&[PathBuf]>,
    left_bytes: u64,
) -> Result<Attached> {
    let bytes = match (&given.path, &given.base64) {
        (Some(path), None) => {
            from_path(path, folders, left_bytes).map_err(|error| error.inside("path"))?
        }
        (None, Some(base64)) => STANDARD
            .decode(base64.as_bytes())
            .map_err(|_| Error::at(MAIL_E_VALUE, "base64", text::not_base64()))?,
        _ => return Err(Error::new(MAIL_E_VALUE, text::attachment_source())),
    };
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if size > left_bytes {
        return Err(Error::new(
            MAIL_E_TOO_LARGE,
            text::mail_too_large(size, left_bytes),
        ));
    }
    let name = name(given)?;
    let content_type = content_type(given, &name)?;
    Ok(Attached {
        name,
        content_type,
        bytes,
    })
}

fn from_path(given: &str, folders: Option<&[PathBuf]>, left_bytes: u64) -> Result<Vec<u8>> {
    line(given)?;
    let path = Path::new(given);
    if !path.is_absolute() {
        return Err(Error::new(MAIL_E_VALUE, text::absolute_path()));
    }
    let unreadable = |error: io::Error| {
        Error::new(
            MAIL_E_ATTACHMENT,
            text::attachment_unreadable(path, &error.to_string()),
        )
    };
    // Links and ".." are followed first, so that nothing outside can pretend to be inside.
    let real = path.canonicalize().map_err(unreadable)?;
    if !folders.is_none_or(|folders| folders.iter().any(|folder| lies_in(&real, folder))) {
        return Err(Error::new(
            MAIL_E_ATTACHMENT_FORBIDDEN,
            text::attachment_forbidden(path),
        ));
    }
    let metadata = std::fs::metadata(&real).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(unreadable(io::Error::other("not a file")));
    }
    if metadata.len() > left_bytes {
        return Err(Error::new(
            MAIL_E_TOO_LARGE,
            text::mail_too_large(metadata.len(), left_bytes),
        ));
    }
    let mut bytes = Vec::new();
    let file = File::open(&real).map_err(unreadable)?;
    file.take(left_bytes.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    Ok(bytes)
}

fn lies_in(real: &Path, folder: &Path) -> bool {
    folder
        .canonicalize()
        .is_ok_and(|folder| real.starts_with(folder))
}

fn name(given: &Attachment) -> Result<String> {
    let of_path = || {
        let path = Path::new(given.path.as_deref()?);
        path.file_name()
            .map(|name| name.to_string_lossy().into_owned())
    };
    let name = given
        .name
        .clone()
        .or_else(of_path)
        .filter(|name| !name.trim().is_empty())
        .ok_or_else(|| {
            Error::at(
                crate::error::MAIL_E_MISSING_FIELD,
                "name",
                text::attachment_source(),
            )
        })?;
    line(&name).map_err(|error| error.inside("name"))?;
    // A name with a folder in it is a trap for the customer's mail program.
    Ok(name.rsplit(['/', '\\']).next().unwrap_or(&name).to_owned())
}

fn content_type(given: &Attachment, name: &str) -> Result<String> {
    let Some(content_type) = &given.content_type else {
        let ending = name
            .rsplit_once('.')
            .map(|(_, ending)| ending.to_ascii_lowercase());
        let known = CONTENT_TYPES
            .iter()
            .find(|(known, _)| Some(*known) == ending.as_deref());
        return Ok(known
            .map_or("application/octet-stream", |(_, content_type)| content_type)
            .to_owned());
    };
    line(content_type).map_err(|error| error.inside("content_type"))?;
    if crate::message::is_content_type(content_type) {
        return Ok(content_type.clone());
    }
    Err(Error::at(
        MAIL_E_VALUE,
        "content_type",
        text::content_type(content_type),
    ))
}
