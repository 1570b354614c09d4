//! A receipt as the till gives it, and what a customer gets to read.

pub(crate) mod model;

use crate::address::{self, Mailbox};
use crate::clock;
use crate::draft::{self, Draft};
use crate::error::{Error, MAIL_E_TOO_LARGE, MAIL_E_VALUE, Result};
use crate::settings::checks::line;
use crate::settings::in_force::InForce;
use crate::text;
use model::Receipt;

/// Longest receipt number: tills use a dozen characters.
const MAX_NUMBER_BYTES: usize = 100;

/// Checks a receipt and renders it.
pub(crate) fn draft(receipt: &Receipt, settings: &InForce) -> Result<Draft> {
    number(&receipt.number).map_err(|error| error.inside("number"))?;
    let to = Mailbox {
        name: None,
        address: address::check(&receipt.to).map_err(|error| error.inside("to"))?,
    };
    let subject = subject(receipt, settings)?;
    let language = receipt.language.unwrap_or(settings.language);
    let parts = draft::parts(
        receipt.text.as_ref(),
        receipt.html.as_ref(),
        &subject,
        language,
    )?;
    let charset = draft::charset(&parts, settings)?;
    let (plain, html) = parts;
    let attachments = draft::attachments(receipt.attachments.as_deref(), &settings.delivery)?;
    Ok(Draft {
        to: vec![to],
        cc: Vec::new(),
        subject,
        text: plain,
        html,
        charset,
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
    if let Some(given) = &receipt.subject {
        return draft::subject(given);
    }
    let store = settings
        .sender_name
        .as_deref()
        .or(settings.sender_address.as_deref());
    let day = clock::day(date, language);
    Ok(text::receipt_subject(
        store.unwrap_or_default(),
        &day,
        language,
    ))
}

#[cfg(test)]
mod tests;
