//! A receipt as the till gives it, and what a customer gets to read.

pub(crate) mod amount;
pub(crate) mod currency;
pub(crate) mod escpos;
pub(crate) mod model;
mod pdf;
mod pictures;
pub(crate) mod printed;
pub(crate) mod sale;
pub(crate) mod view;

use crate::address::{self, Mailbox};
use crate::clock;
use crate::draft::{self, Draft, Inline, Parts, Warning};
use crate::error::{Error, MAIL_E_MISSING_FIELD, MAIL_E_TOO_LARGE, MAIL_E_VALUE, Result};
use crate::picture::Picture;
use crate::settings::checks::line;
use crate::settings::in_force::InForce;
use crate::settings::model::Charset;
use crate::template::{self, subject};
use crate::text::{self, Language, Text};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::Receipt;
use printed::Printed;
use sale::model::Sale;

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
    let content = content(receipt, settings, &subject, language)?;
    let charset = draft::charset(&content.parts, settings).map_err(|mut error| {
        // The till gave one field, whichever part of the mail does not fit.
        if receipt.escpos.is_some() {
            error.field = Some("escpos".to_owned());
        }
        error
    })?;
    let (plain, html) = content.parts;
    let mut attachments = draft::attachments(receipt.attachments.as_deref(), &settings.delivery)?;
    let mut warnings = content.warnings;
    if let Some((pdf, warning)) = pdf::attached(receipt, settings, content.paper.as_ref())? {
        attachments.insert(0, pdf);
        warnings.extend(warning);
    }
    Ok(Draft {
        to: vec![to],
        cc: Vec::new(),
        subject,
        text: plain,
        html,
        charset,
        pictures: content.pictures,
        attachments,
        warnings,
        skipped_commands: content.skipped_commands,
    })
}

/// What the customer gets to read, and what the till should hear about it.
#[derive(Debug, Default)]
struct Content {
    parts: Parts,
    /// What the PDF is made from; HTML has none.
    paper: Option<Paper>,
    pictures: Vec<Inline>,
    warnings: Vec<Warning>,
    skipped_commands: Option<usize>,
}

/// The receipt on paper.
#[derive(Debug)]
struct Paper {
    printed: Printed,
    /// Stands on top, where the lines do not bring one of their own.
    logo: Option<Picture>,
}

impl Paper {
    /// Lines of a till, with the logo it has printed among them.
    fn of_till(printed: Printed) -> Self {
        Paper {
            printed,
            logo: None,
        }
    }
}

/// Makes the readable parts from whatever the till has.
fn content(
    receipt: &Receipt,
    settings: &InForce,
    subject: &str,
    language: Language,
) -> Result<Content> {
    let escpos = receipt.escpos.as_ref().filter(|given| filled(given));
    match (one_content(receipt)?, escpos) {
        (Some(sale), _) => of_sale(receipt, sale, settings, language),
        (None, Some(given)) => {
            of_printer(given, subject, language).map_err(|error| error.inside("escpos"))
        }
        (None, None) => {
            let parts = draft::parts(receipt.text.as_ref(), receipt.html.as_ref())?;
            let on_paper = parts
                .0
                .as_deref()
                .filter(|_| pdf::form(receipt, settings).is_some());
            Ok(Content {
                paper: on_paper.map(printed::of_text).map(Paper::of_till),
                parts: printed::with_html(parts, subject, language),
                ..Content::default()
            })
        }
    }
}

/// An empty text is what a till writes for a part that it does not have.
fn filled(part: &str) -> bool {
    !part.trim().is_empty()
}

/// Checks that the content is given once, in one of its forms; gives the sale where it is one.
fn one_content(receipt: &Receipt) -> Result<Option<&Sale>> {
    let filled = |part: &Option<String>| part.as_deref().is_some_and(filled);
    let printed = [("text", &receipt.text), ("html", &receipt.html)]
        .into_iter()
        .find(|(_, part)| filled(part))
        .map(|(field, _)| field);
    let given = [
        printed,
        filled(&receipt.escpos).then_some("escpos"),
        receipt.sale.as_ref().map(|_| "sale"),
    ];
    let mut given = given.into_iter().flatten();
    match (given.next(), given.next()) {
        (Some(one), Some(other)) => Err(Error::at(
            MAIL_E_VALUE,
            other,
            text::two_contents(one, other),
        )),
        (None, _) => {
            let empty = receipt.escpos.as_ref().map_or("text", |_| "escpos");
            Err(Error::at(
                MAIL_E_MISSING_FIELD,
                empty,
                text::no_receipt_content(),
            ))
        }
        (Some(_), None) => Ok(receipt.sale.as_ref()),
    }
}

/// Renders a sale: the shop's own words stand above it in both parts.
fn of_sale(
    receipt: &Receipt,
    sale: &Sale,
    settings: &InForce,
    language: Language,
) -> Result<Content> {
    let kind = receipt.document_type.unwrap_or_default();
    sale::check(kind, sale)?;
    let sign = settings.sign().unwrap_or_default();
    let mut view = sale::view::view(receipt, sale, &settings.shop, sign, language)?;
    let all = pictures::of_view(&mut view, settings.logos())?;
    let wording = settings.wording(kind);
    let words = wording.message.map(template::message_text);
    let mut plain = words
        .filter(|words| !words.is_empty())
        .map_or_else(String::new, |words| words + "\n\n");
    let printed = sale::printed::printed(&view);
    plain.push_str(&printed::plain(&printed, language));
    let logo = all.iter().find(|picture| picture.cid == "logo1");
    let paper = Paper {
        printed,
        logo: logo.map(|logo| logo.picture.clone()),
    };
    let page = template::html(&view, wording, pdf::form(receipt, settings).is_some())?;
    let shown = pictures::shown_in(&page.html, all);
    let mut warnings = sale::doubts(kind, sale);
    warnings.extend(page.warning.map(|message| Warning {
        field: format!("documents.{}.template", kind.as_str()),
        message,
    }));
    Ok(Content {
        parts: (
            Some(in_encoding(plain, settings.charset)),
            Some(in_encoding(page.html, settings.charset)),
        ),
        paper: Some(paper),
        pictures: shown,
        warnings,
        skipped_commands: None,
    })
}

/// Reads the bytes that the till sends to its printer.
fn of_printer(given: &str, subject: &str, language: Language) -> Result<Content> {
    // Many encoders, Delphi's among them, break lines at 76 signs.
    let mut base64 = given.as_bytes().to_vec();
    base64.retain(|byte| !byte.is_ascii_whitespace());
    let bytes = STANDARD
        .decode(base64)
        .map_err(|_| Error::new(MAIL_E_VALUE, text::not_base64()))?;
    let (printed, skipped) = escpos::read(&bytes)?;
    if printed.blocks.is_empty() {
        return Err(Error::new(MAIL_E_MISSING_FIELD, text::nothing_printed()));
    }
    let rendered = printed::html(&printed, subject, language);
    let warning = |is_due: bool, message: fn(usize) -> Text| {
        is_due.then(|| Warning {
            field: "escpos".to_owned(),
            message: message(skipped.commands),
        })
    };
    let warnings = [
        warning(skipped.commands > 0, text::skipped_commands),
        warning(skipped.truncated, |_| text::truncated_commands()),
    ];
    Ok(Content {
        parts: (
            Some(printed::plain(&printed, language)),
            Some(rendered.html),
        ),
        paper: Some(Paper::of_till(printed)),
        pictures: rendered.pictures,
        warnings: warnings.into_iter().flatten().collect(),
        skipped_commands: Some(skipped.commands),
    })
}

/// Writes the minus as a hyphen for the old encodings: it shall not be what keeps a receipt out of them.
fn in_encoding(part: String, charset: Charset) -> String {
    match charset {
        Charset::Utf8 => part,
        Charset::Iso8859_15 | Charset::Windows1252 => part.replace('\u{2212}', "-"),
    }
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
    let document_type = receipt.document_type.unwrap_or_default();
    let pattern = settings
        .documents
        .get(&document_type)
        .and_then(|document| document.subject.as_deref());
    let values = subject::Values {
        day: &clock::day(date, language),
        time: &clock::time_of_day(date),
        store: settings.sign().unwrap_or_default(),
        company: settings.company().unwrap_or_default(),
        number: receipt.number.trim(),
    };
    Ok(subject::fill(pattern, document_type, language, &values))
}

#[cfg(test)]
mod tests;
