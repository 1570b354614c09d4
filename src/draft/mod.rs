//! What a customer or correspondent gets to read: everything of a mail but who it is from.
//!
//! Receipts and users' messages become a [`Draft`]; `message` turns it into bytes.

mod attachment;

pub(crate) use attachment::{Attached, Attachment};

use crate::address::Mailbox;
use crate::error::{Error, MAIL_E_MISSING_FIELD, MAIL_E_TOO_LARGE, MAIL_E_VALUE, Result};
use crate::message;
use crate::picture::Picture;
use crate::settings::checks::line;
use crate::settings::in_force::{DeliveryRules, InForce};
use crate::settings::model::{Charset, CharsetFallback};
use crate::text::{self, Text};

/// Longest subject, in characters: mail programs show far less.
const MAX_SUBJECT_CHARACTERS: usize = 255;

/// A checked mail before it becomes bytes.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) to: Vec<Mailbox>,
    pub(crate) cc: Vec<Mailbox>,
    pub(crate) subject: String,
    pub(crate) text: Option<String>,
    pub(crate) html: Option<String>,
    pub(crate) charset: Charset,
    /// Pictures that the HTML part shows, by cid.
    pub(crate) pictures: Vec<Inline>,
    pub(crate) attachments: Vec<Attached>,
    /// What the till should hear about a mail that is sent all the same.
    pub(crate) warnings: Vec<Warning>,
    /// Commands of the printer's bytes that were passed over, where a till gave such bytes.
    pub(crate) skipped_commands: Option<usize>,
}

/// Something that may be wrong, and the field it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Warning {
    pub(crate) field: String,
    pub(crate) message: Text,
}

/// A picture inside the mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inline {
    /// What the HTML part calls it: `cid:logo1`.
    pub(crate) cid: String,
    /// File name, where a program shows it as a file.
    pub(crate) name: String,
    pub(crate) picture: Picture,
}

/// The two readable parts of a mail: text and HTML.
pub(crate) type Parts = (Option<String>, Option<String>);

/// Checks a subject.
pub(crate) fn subject(given: &str) -> Result<String> {
    line(given).map_err(|error| error.inside("subject"))?;
    if given.chars().count() > MAX_SUBJECT_CHARACTERS {
        let message = text::longer_than(MAX_SUBJECT_CHARACTERS);
        return Err(Error::at(MAIL_E_TOO_LARGE, "subject", message));
    }
    Ok(given.to_owned())
}

/// Checks text and HTML, of which one may be missing or empty.
pub(crate) fn parts(plain: Option<&String>, html: Option<&String>) -> Result<Parts> {
    for (field, part) in [("text", plain), ("html", html)] {
        if part.is_some_and(|part| part.contains('\0')) {
            return Err(Error::at(MAIL_E_VALUE, field, text::nul_character()));
        }
    }
    let filled = |part: Option<&String>| part.filter(|part| !part.trim().is_empty()).cloned();
    match (filled(plain), filled(html)) {
        (None, None) => Err(Error::at(MAIL_E_MISSING_FIELD, "text", text::no_content())),
        given => Ok(given),
    }
}

/// Picks the encoding of the two parts: the one in force, or UTF-8 where they do not fit into it.
pub(crate) fn charset(parts: &Parts, settings: &InForce) -> Result<Charset> {
    let lacks = |part: &Option<String>| {
        part.as_deref()
            .and_then(|part| message::lacks(settings.charset, part))
    };
    for (field, part) in [("text", &parts.0), ("html", &parts.1)] {
        match (lacks(part), settings.charset_fallback) {
            (None, _) => {}
            (Some(_), CharsetFallback::Utf8) => return Ok(Charset::Utf8),
            (Some(character), CharsetFallback::Refuse) => {
                return Err(Error::at(
                    MAIL_E_VALUE,
                    field,
                    text::does_not_fit(character),
                ));
            }
        }
    }
    Ok(settings.charset)
}

/// Reads the attachments, all of them together within the size of a mail.
pub(crate) fn attachments(
    given: Option<&[Attachment]>,
    rules: &DeliveryRules,
) -> Result<Vec<Attached>> {
    let given = given.unwrap_or_default();
    if given.len() > attachment::MOST {
        let message = text::too_many(attachment::MOST);
        return Err(Error::at(MAIL_E_TOO_LARGE, "attachments", message));
    }
    let folders = rules.attachment_folders.as_deref();
    let mut left_bytes = rules.max_mail_bytes;
    let mut attached = Vec::with_capacity(given.len());
    for (index, one) in given.iter().enumerate() {
        let read = attachment::read(one, folders, left_bytes)
            .map_err(|error| error.inside(&format!("attachments[{index}]")))?;
        let size = u64::try_from(read.bytes.len()).unwrap_or(u64::MAX);
        left_bytes = left_bytes.saturating_sub(size);
        attached.push(read);
    }
    Ok(attached)
}
