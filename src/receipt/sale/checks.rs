//! What makes a sale fit to be shown: sizes, counts, signs, dates and codes, each refused with its field.
//!
//! Figures that do not add up are no fault here: the till's word stands, and `sums` warns of them.

use super::model::{
    Barcode, BarcodeSymbology, Customer, Discount, Loyalty, Mention, Payment, Sale, SaleLine,
    Subtotal, Vat, Voucher,
};
use super::words;
use crate::clock;
use crate::error::{
    Error, MAIL_E_CONTROL_CHARACTER, MAIL_E_MISSING_FIELD, MAIL_E_TOO_LARGE, MAIL_E_VALUE, Result,
};
use crate::picture::codes;
use crate::receipt::amount::Amount;
use crate::receipt::currency::Currency;
use crate::receipt::model::DocumentType;
use crate::text;
use rust_decimal::Decimal;

/// Longest label, name or number: ten printed lines.
const MAX_LABEL_BYTES: usize = 400;
/// Longest note, footer or notice: a printed arm's length.
const MAX_WORDS_BYTES: usize = 4_000;
/// Letters and numbers that stand for a VAT rate, and units: they have a narrow column.
const MAX_CODE_BYTES: usize = 16;
/// Lines of a sale: a wholesaler's longest, and a mail that still opens.
const MAX_LINES: usize = 2_000;
/// Rows of everything else there may be many of.
const MAX_ROWS: usize = 50;
/// Characters of a Code 128: about as wide as a phone's screen.
const MAX_CODE128_BYTES: usize = 48;

/// Checks a sale.
pub(crate) fn check(kind: DocumentType, sale: &Sale) -> Result<()> {
    needed(kind, sale)
        .and_then(|()| currency(sale.currency.as_deref()))
        .and_then(|()| single_fields(sale))
        .and_then(|()| each(&sale.lines, "lines", MAX_LINES, sale_line))
        .and_then(|()| all(sale.subtotals.as_ref(), "subtotals", subtotal))
        .and_then(|()| all(sale.vat.as_ref(), "vat", vat))
        .and_then(|()| all(sale.payments.as_ref(), "payments", payment))
        .and_then(|()| part(sale.mention.as_ref(), "mention", mention))
        .and_then(|()| part(sale.customer.as_ref(), "customer", customer))
        .and_then(|()| part(sale.loyalty.as_ref(), "loyalty", loyalty))
        .and_then(|()| part(sale.voucher.as_ref(), "voucher", voucher))
        .and_then(|()| part(sale.barcode.as_ref(), "barcode", barcode))
        .map_err(|error| error.inside("sale"))
}

/// Checks that what the kind of document is about is there.
fn needed(kind: DocumentType, sale: &Sale) -> Result<()> {
    let missing = |field: &str| {
        Err(Error::at(
            MAIL_E_MISSING_FIELD,
            field,
            text::missing_field(),
        ))
    };
    match kind {
        DocumentType::Bon | DocumentType::CartePrepayee if sale.voucher.is_none() => {
            return missing("voucher");
        }
        DocumentType::Bon | DocumentType::CartePrepayee => return Ok(()),
        _ if sale.lines.is_empty() => {
            return Err(Error::at(MAIL_E_VALUE, "lines", words::no_lines()));
        }
        DocumentType::TicketCadeau => return Ok(()),
        DocumentType::Ticket | DocumentType::Service | DocumentType::Facture => {}
    }
    if sale.total.is_none() {
        return missing("total");
    }
    match sale.lines.iter().position(|line| line.total.is_none()) {
        Some(index) => missing(&format!("lines[{index}].total")),
        None => Ok(()),
    }
}

fn currency(code: Option<&str>) -> Result<()> {
    match code {
        Some(code) if Currency::of(code).is_none() => Err(Error::at(
            MAIL_E_VALUE,
            "currency",
            words::unknown_currency(code),
        )),
        _ => Ok(()),
    }
}

fn single_fields(sale: &Sale) -> Result<()> {
    for (field, value) in [
        ("till", &sale.till),
        ("cashier", &sale.cashier),
        ("signature", &sale.signature),
        ("software", &sale.software),
    ] {
        optional_label(value.as_deref(), field)?;
    }
    optional_words(sale.footer.as_deref(), "footer")?;
    optional_words(sale.privacy_notice.as_deref(), "privacy_notice")?;
    not_negative(sale.change, "change")?;
    part(sale.qr.as_ref(), "qr", |payload| {
        scanned(payload, codes::MAX_QR)
    })
}

fn sale_line(line: &SaleLine) -> Result<()> {
    label(&line.label, "label")?;
    optional_code(line.unit.as_deref(), "unit")?;
    optional_code(line.vat_code.as_deref(), "vat_code")?;
    optional_words(line.note.as_deref(), "note")?;
    rate(line.vat_rate, "vat_rate")?;
    part(line.discount.as_ref(), "discount", discount)
}

fn discount(discount: &Discount) -> Result<()> {
    rate(discount.percent, "percent")
}

fn subtotal(subtotal: &Subtotal) -> Result<()> {
    label(&subtotal.label, "label")
}

fn vat(vat: &Vat) -> Result<()> {
    optional_code(vat.code.as_deref(), "code")?;
    rate(Some(vat.rate), "rate")
}

fn payment(payment: &Payment) -> Result<()> {
    label(&payment.label, "label")
}

fn mention(mention: &Mention) -> Result<()> {
    label(&mention.number, "number")
}

fn customer(customer: &Customer) -> Result<()> {
    label(&customer.name, "name")?;
    optional_label(customer.vat_number.as_deref(), "vat_number")?;
    let address = customer.address.as_deref().unwrap_or_default();
    each(address, "address", MAX_ROWS, |line| one_line(line))
}

fn loyalty(loyalty: &Loyalty) -> Result<()> {
    optional_label(loyalty.card.as_deref(), "card")?;
    optional_words(loyalty.note.as_deref(), "note")
}

fn voucher(voucher: &Voucher) -> Result<()> {
    not_negative(Some(voucher.value), "value")?;
    optional_label(voucher.code.as_deref(), "code")?;
    part(voucher.valid_until.as_ref(), "valid_until", |day| {
        clock::calendar_day(day).map(|_| ())
    })
}

fn barcode(barcode: &Barcode) -> Result<()> {
    match barcode.symbology {
        BarcodeSymbology::Ean13 => ean13(&barcode.payload),
        BarcodeSymbology::Code128 => code128(&barcode.payload),
    }
    .map_err(|error| error.inside("payload"))
}

fn code128(payload: &str) -> Result<()> {
    scanned(payload, MAX_CODE128_BYTES)?;
    match payload.chars().find(|sign| !matches!(sign, ' '..='~')) {
        Some(sign) => Err(Error::new(MAIL_E_VALUE, words::not_in_code128(sign))),
        None => Ok(()),
    }
}

fn ean13(payload: &str) -> Result<()> {
    let digits: Option<Vec<u32>> = payload.chars().map(|sign| sign.to_digit(10)).collect();
    let digits = digits.filter(|digits| matches!(digits.len(), 12 | 13));
    let Some(digits) = digits else {
        return Err(Error::new(MAIL_E_VALUE, words::not_ean13(payload)));
    };
    let right = check_digit(&digits);
    match digits.get(12) {
        Some(given) if *given != right => Err(Error::new(
            MAIL_E_VALUE,
            words::ean13_check_digit(payload, right),
        )),
        _ => Ok(()),
    }
}

/// Gives the EAN-13 check digit of twelve digits; what follows them plays no part.
pub(super) fn check_digit(digits: &[u32]) -> u32 {
    let weighted = digits.iter().take(12).zip([1, 3].into_iter().cycle());
    let sum: u32 = weighted.map(|(digit, weight)| digit * weight).sum();
    (10 - sum % 10) % 10
}

/// Checks what a scanner is to read.
fn scanned(payload: &str, most: usize) -> Result<()> {
    if payload.is_empty() {
        return Err(Error::new(MAIL_E_VALUE, text::empty()));
    }
    bounded(payload, most)?;
    controlled(payload, &[])
}

fn rate(rate: Option<Amount>, field: &str) -> Result<()> {
    match rate {
        Some(Amount(rate)) if rate.is_sign_negative() || rate > Decimal::ONE_HUNDRED => {
            Err(Error::at(MAIL_E_VALUE, field, text::range(0, 100)))
        }
        _ => Ok(()),
    }
}

fn not_negative(amount: Option<Amount>, field: &str) -> Result<()> {
    match amount {
        Some(Amount(amount)) if amount.is_sign_negative() => {
            Err(Error::at(MAIL_E_VALUE, field, words::negative()))
        }
        _ => Ok(()),
    }
}

fn label(value: &str, field: &str) -> Result<()> {
    if value.trim().is_empty() {
        return Err(Error::at(MAIL_E_VALUE, field, text::empty()));
    }
    one_line(value).map_err(|error| error.inside(field))
}

fn optional_label(value: Option<&str>, field: &str) -> Result<()> {
    part(value.as_ref(), field, |value| one_line(value))
}

fn one_line(value: &str) -> Result<()> {
    bounded(value, MAX_LABEL_BYTES)?;
    controlled(value, &[])
}

fn optional_code(value: Option<&str>, field: &str) -> Result<()> {
    part(value.as_ref(), field, |value| {
        bounded(value, MAX_CODE_BYTES)?;
        controlled(value, &[])
    })
}

/// Checks words that may have several lines.
fn optional_words(value: Option<&str>, field: &str) -> Result<()> {
    part(value.as_ref(), field, |value| {
        bounded(value, MAX_WORDS_BYTES)?;
        controlled(value, &['\n', '\r'])
    })
}

fn bounded(value: &str, most: usize) -> Result<()> {
    if value.len() > most {
        return Err(Error::new(MAIL_E_TOO_LARGE, text::longer_than(most)));
    }
    Ok(())
}

fn controlled(value: &str, allowed: &[char]) -> Result<()> {
    // Unicode's own line ends would tear a line apart as well.
    let control = |sign: char| sign.is_control() || matches!(sign, '\u{2028}' | '\u{2029}');
    if value
        .chars()
        .any(|sign| control(sign) && !allowed.contains(&sign))
    {
        let message = if allowed.is_empty() {
            text::control_character()
        } else {
            words::control_character()
        };
        return Err(Error::new(MAIL_E_CONTROL_CHARACTER, message));
    }
    Ok(())
}

fn all<T>(rows: Option<&Vec<T>>, field: &str, check: impl Fn(&T) -> Result<()>) -> Result<()> {
    each(rows.map_or(&[], Vec::as_slice), field, MAX_ROWS, check)
}

fn each<T>(rows: &[T], field: &str, most: usize, check: impl Fn(&T) -> Result<()>) -> Result<()> {
    if rows.len() > most {
        return Err(Error::at(MAIL_E_TOO_LARGE, field, text::too_many(most)));
    }
    for (index, row) in rows.iter().enumerate() {
        check(row).map_err(|error| error.inside(&format!("[{index}]")).inside(field))?;
    }
    Ok(())
}

fn part<T>(value: Option<&T>, field: &str, check: impl Fn(&T) -> Result<()>) -> Result<()> {
    value
        .map_or(Ok(()), check)
        .map_err(|error| error.inside(field))
}
