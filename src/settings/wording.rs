//! Checks of what receipts say: the shop, and the wording of each kind of document.

use super::checks::{line, optional_line};
use super::model::{Document, DocumentSettings, Shop};
use crate::draft::Warning;
use crate::error::{Error, MAIL_E_TOO_LARGE, MAIL_E_VALUE, Result};
use crate::picture;
use crate::receipt::model::DocumentType;
use crate::template::{self, subject};
use crate::text::{self, Text};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// Lines of a postal address.
const MAX_ADDRESS_LINES: usize = 8;
/// Logos of one shop.
const MAX_LOGOS: usize = 5;

/// Checks the application's shop and the wordings. A wording that is `before`'s own was checked then.
pub(super) fn check(document: &Document, before: &Document) -> Result<()> {
    shop(document.shop.as_ref())?;
    let saved = before.documents.clone().unwrap_or_default();
    for (document_type, wording) in document.documents.iter().flat_map(|all| all.iter()) {
        worded(*document_type, wording, saved.get(document_type))
            .map_err(|error| error.inside(&format!("documents.{}", document_type.as_str())))?;
    }
    Ok(())
}

fn worded(
    document_type: DocumentType,
    wording: &DocumentSettings,
    saved: Option<&DocumentSettings>,
) -> Result<()> {
    if let Some(pattern) = &wording.subject {
        subject::check(pattern).map_err(|error| error.inside("subject"))?;
    }
    if let Some(message) = &wording.message {
        template::check_message(message).map_err(|error| error.inside("message"))?;
    }
    let known = saved.and_then(|saved| saved.template.as_ref());
    match &wording.template {
        Some(own) if Some(own) != known => {
            template::check(own, document_type).map_err(|error| error.inside("template"))
        }
        _ => Ok(()),
    }
}

/// Tells what of the messages in a change will not be sent.
pub(super) fn warnings(change: &Value, document: &Document) -> Result<Vec<Warning>> {
    let mut warnings = Vec::new();
    for (document_type, wording) in document.documents.iter().flat_map(|all| all.iter()) {
        let name = document_type.as_str();
        let changed = change.pointer(&format!("/documents/{name}/message"));
        if let Some(message) = wording.message.as_ref().filter(|_| changed.is_some())
            && let Some(warning) = template::check_message(message)?
        {
            warnings.push(Warning {
                field: format!("documents.{name}.message"),
                message: warning,
            });
        }
    }
    Ok(warnings)
}

/// Checks what receipts say about a shop.
pub(super) fn shop(given: Option<&Shop>) -> Result<()> {
    given
        .map_or(Ok(()), parts)
        .map_err(|error| error.inside("shop"))
}

fn parts(shop: &Shop) -> Result<()> {
    optional_line(shop.sign.as_deref(), "sign")?;
    optional_line(shop.company.as_deref(), "company")?;
    optional_line(shop.phone.as_deref(), "phone")?;
    let address = shop.address.as_deref().unwrap_or_default();
    at_most(address.len(), MAX_ADDRESS_LINES, "address")?;
    for (index, part) in address.iter().enumerate() {
        line(part).map_err(|error| error.inside(&format!("address[{index}]")))?;
    }
    number(shop.siret.as_ref(), "siret", is_siret, text::siret)?;
    number(shop.naf.as_ref(), "naf", is_naf, text::naf)?;
    number(
        shop.vat_number.as_ref(),
        "vat_number",
        is_vat_number,
        text::vat_number,
    )?;
    let logos = shop.logos.as_deref().map(Vec::as_slice).unwrap_or_default();
    at_most(logos.len(), MAX_LOGOS, "logos")?;
    for (index, given) in logos.iter().enumerate() {
        logo(given).map_err(|error| error.inside(&format!("logos[{index}]")))?;
    }
    Ok(())
}

fn at_most(count: usize, most: usize, field: &str) -> Result<()> {
    if count > most {
        return Err(Error::at(MAIL_E_TOO_LARGE, field, text::too_many(most)));
    }
    Ok(())
}

/// Checks a number of the shop: its digits and letters, whatever spaces it is shown with.
fn number(
    given: Option<&String>,
    field: &str,
    is_right: fn(&str) -> bool,
    sentence: fn(&str) -> Text,
) -> Result<()> {
    let Some(given) = given else { return Ok(()) };
    line(given).map_err(|error| error.inside(field))?;
    let bare: String = given.chars().filter(|c| !c.is_whitespace()).collect();
    if is_right(&bare) {
        return Ok(());
    }
    Err(Error::at(MAIL_E_VALUE, field, sentence(given)))
}

/// Checks a SIRET: 14 digits with the check digit of Luhn. The post's own offices (SIREN 356 000 000) have
/// outgrown it: there the sum of the digits is a multiple of five.
fn is_siret(digits: &str) -> bool {
    if digits.len() != 14 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let values = digits.bytes().map(|b| u32::from(b - b'0'));
    let plain: u32 = values.clone().sum();
    luhn(values.rev()) || (digits.starts_with("356000000") && plain.is_multiple_of(5))
}

fn luhn(from_the_last: impl Iterator<Item = u32>) -> bool {
    let sum: u32 = from_the_last
        .enumerate()
        .map(|(index, digit)| match (index % 2, digit * 2) {
            (0, _) => digit,
            (_, twice) if twice > 9 => twice - 9,
            (_, twice) => twice,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Checks a NAF (APE) code: `47.71Z` or `4771Z`.
fn is_naf(code: &str) -> bool {
    let code = code.replacen('.', "", usize::from(code.find('.') == Some(2)));
    let (digits, letter) = code.split_at_checked(4).unwrap_or_default();
    digits.bytes().all(|b| b.is_ascii_digit())
        && letter.len() == 1
        && letter.bytes().all(|b| b.is_ascii_alphabetic())
}

/// Checks a VAT number. A French one has a key of two digits or letters (never O or I) before the SIREN; of a key
/// in digits it is known how it is made. Others: a country and 2 to 13 signs.
fn is_vat_number(number: &str) -> bool {
    let upper = number.to_ascii_uppercase();
    let Some((country, rest)) = upper.split_at_checked(2) else {
        return false;
    };
    let alphanumeric = rest.bytes().all(|b| b.is_ascii_alphanumeric());
    if country != "FR" {
        return country.bytes().all(|b| b.is_ascii_alphabetic())
            && alphanumeric
            && (2..=13).contains(&rest.len());
    }
    let Some((key, siren)) = rest.split_at_checked(2).filter(|_| alphanumeric) else {
        return false;
    };
    let Some(siren) = siren.parse::<u64>().ok().filter(|_| siren.len() == 9) else {
        return false;
    };
    match key.parse::<u64>() {
        Ok(key) => key == (siren * 100 + 12) % 97,
        Err(_) => !key.contains(['O', 'I']),
    }
}

/// Checks one logo.
fn logo(given: &str) -> Result<()> {
    let bytes = STANDARD
        .decode(given.as_bytes())
        .map_err(|_| Error::new(MAIL_E_VALUE, text::not_base64()))?;
    picture::logo::check(&bytes).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_shop_are_checked_as_far_as_it_is_sure() {
        for (check, number, right) in [
            (is_siret as fn(&str) -> bool, "73282932000074", true),
            (is_siret, "73282932000075", false),
            (is_siret, "7328293200007", false),
            (is_siret, "7328293200007A", false),
            (is_siret, "35600000000048", true),
            (is_siret, "35600000049837", true),
            (is_siret, "35600000049838", false),
            (is_naf, "47.71Z", true),
            (is_naf, "4771z", true),
            (is_naf, "477.1Z", false),
            (is_naf, "4771", false),
            (is_naf, "4771ZZ", false),
            (is_naf, "ééZ", false),
            (is_vat_number, "FR44732829320", true),
            (is_vat_number, "fr44732829320", true),
            (is_vat_number, "FR45732829320", false),
            (is_vat_number, "FRK7399859412", true),
            (is_vat_number, "FRO7399859412", false),
            (is_vat_number, "FR4473282932", false),
            (is_vat_number, "BE0123456749", true),
            (is_vat_number, "B", false),
            (is_vat_number, "BE012345674é", false),
            (is_vat_number, "12345678901", false),
        ] {
            assert_eq!(check(number), right, "{number}");
        }
    }
}
