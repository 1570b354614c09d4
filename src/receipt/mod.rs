//! A receipt as the till gives it, and what a customer gets to read.

mod attachment;
pub(crate) mod model;
mod render;

pub(crate) use attachment::Attached;

use crate::address::{self, Mailbox};
use crate::clock;
use crate::error::{Error, MAIL_E_MISSING_FIELD, MAIL_E_TOO_LARGE, MAIL_E_VALUE, Result};
use crate::settings::checks::line;
use crate::settings::in_force::InForce;
use crate::text;
use model::Receipt;
use std::path::PathBuf;

/// Longest subject, in characters: mail programs show far less.
const MAX_SUBJECT_CHARACTERS: usize = 255;
/// Longest receipt number: tills use a dozen characters.
const MAX_NUMBER_BYTES: usize = 100;

/// A receipt's mail: everything but who it is from.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) to: Mailbox,
    pub(crate) subject: String,
    pub(crate) text: Option<String>,
    pub(crate) html: Option<String>,
    pub(crate) attachments: Vec<Attached>,
}

/// Checks a receipt and renders it.
pub(crate) fn draft(receipt: &Receipt, settings: &InForce) -> Result<Draft> {
    number(&receipt.number).map_err(|error| error.inside("number"))?;
    let to = Mailbox {
        name: None,
        address: address::check(&receipt.to).map_err(|error| error.inside("to"))?,
    };
    let subject = subject(receipt, settings)?;
    let (plain, html) = parts(receipt, settings, &subject)?;
    let folders = settings.delivery.attachment_folders.as_deref();
    let attachments = attachments(receipt, folders, settings.delivery.max_mail_bytes)?;
    Ok(Draft {
        to,
        subject,
        text: plain,
        html,
        attachments,
    })
}

fn number(number: &str) -> Result<()> {
    line(number)?;
    match number.trim() {
        "" => Err(Error::new(MAIL_E_VALUE, text::empty())),
        number if number.len() > MAX_NUMBER_BYTES => Err(Error::new(
            MAIL_E_TOO_LARGE,
            text::longer_than(MAX_NUMBER_BYTES),
        )),
        _ => Ok(()),
    }
}

fn subject(receipt: &Receipt, settings: &InForce) -> Result<String> {
    let date = clock::receipt_date(&receipt.date).map_err(|error| error.inside("date"))?;
    let language = receipt.language.unwrap_or(settings.language);
    let Some(given) = &receipt.subject else {
        let store = settings
            .sender_name
            .as_deref()
            .or(settings.sender_address.as_deref())
            .unwrap_or_default();
        return Ok(text::receipt_subject(
            store,
            &clock::day(date, language),
            language,
        ));
    };
    line(given).map_err(|error| error.inside("subject"))?;
    if given.chars().count() > MAX_SUBJECT_CHARACTERS {
        return Err(Error::at(
            MAIL_E_TOO_LARGE,
            "subject",
            text::longer_than(MAX_SUBJECT_CHARACTERS),
        ));
    }
    Ok(given.clone())
}

fn parts(
    receipt: &Receipt,
    settings: &InForce,
    subject: &str,
) -> Result<(Option<String>, Option<String>)> {
    for (field, part) in [("text", &receipt.text), ("html", &receipt.html)] {
        if part.as_ref().is_some_and(|part| part.contains('\0')) {
            return Err(Error::at(MAIL_E_VALUE, field, text::nul_character()));
        }
    }
    let filled = |part: &Option<String>| part.clone().filter(|part| !part.trim().is_empty());
    let language = receipt.language.unwrap_or(settings.language);
    match (filled(&receipt.text), filled(&receipt.html)) {
        (None, None) => Err(Error::at(MAIL_E_MISSING_FIELD, "text", text::no_content())),
        (Some(plain), None) => {
            let html = render::columns(&plain, subject, language);
            Ok((Some(plain), Some(html)))
        }
        given => Ok(given),
    }
}

fn attachments(
    receipt: &Receipt,
    folders: Option<&[PathBuf]>,
    most_bytes: u64,
) -> Result<Vec<Attached>> {
    let given = receipt.attachments.as_deref().unwrap_or_default();
    if given.len() > attachment::MOST {
        return Err(Error::at(
            MAIL_E_TOO_LARGE,
            "attachments",
            text::too_many(attachment::MOST),
        ));
    }
    let mut left_bytes = most_bytes;
    let mut attached = Vec::with_capacity(given.len());
    for (index, one) in given.iter().enumerate() {
        let place = format!("attachments[{index}]");
        let read =
            attachment::read(one, folders, left_bytes).map_err(|error| error.inside(&place))?;
        left_bytes = left_bytes.saturating_sub(u64::try_from(read.bytes.len()).unwrap_or(u64::MAX));
        attached.push(read);
    }
    Ok(attached)
}

#[cfg(test)]
mod tests;
