//! The words that stand around the figures of a receipt: `words.total` in templates.

use super::engine::value;
use crate::receipt::sale::words::{self as said, Words as Both};
use crate::text::Language;
use minijinja::Value;
use serde::Serialize;
use std::sync::LazyLock;

/// The words of one language; own templates may use them too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Words {
    article: &'static str,
    quantity: &'static str,
    total: &'static str,
    total_with_vat: &'static str,
    change: &'static str,
    customer: &'static str,
    code: &'static str,
    rate: &'static str,
    net: &'static str,
    tax: &'static str,
    gross: &'static str,
    amount: &'static str,
    loyalty: &'static str,
    barcode: &'static str,
    qr: &'static str,
    /// What follows a word before its value: French puts a no-break space in front of the colon.
    colon: &'static str,
}

const ARTICLE: Both = Both("Article", "Item");
const LOYALTY: Both = Both("Fidélité", "Loyalty");
const BARCODE: Both = Both("Code-barres", "Bar code");
/// Above the lines where they may be with or without VAT.
const AMOUNT: Both = Both("Montant", "Amount");
const QR: Both = Both("QR code", "QR code");
const COLON: Both = Both("\u{a0}: ", ": ");

/// French, English: made once, because they are the same for every receipt.
static WORDS: LazyLock<[Value; 2]> = LazyLock::new(|| {
    [Language::French, Language::English].map(|language| value(words_in(language)))
});

/// Gives the words of a language, by its code.
pub(super) fn words(language: &str) -> Value {
    let [french, english] = &*WORDS;
    match language {
        "en" => english.clone(),
        _ => french.clone(),
    }
}

fn words_in(language: Language) -> Words {
    let word = |words: Both| words.get(language);
    Words {
        article: word(ARTICLE),
        quantity: word(said::QUANTITY),
        total: word(said::TOTAL),
        total_with_vat: word(said::TOTAL_WITH_VAT),
        change: word(said::CHANGE),
        customer: word(said::CUSTOMER),
        code: word(said::CODE),
        rate: word(said::RATE),
        net: word(said::NET),
        tax: word(said::TAX),
        gross: word(said::GROSS),
        amount: word(AMOUNT),
        loyalty: word(LOYALTY),
        barcode: word(BARCODE),
        qr: word(QR),
        colon: word(COLON),
    }
}

/// Tells how many lines of a very long receipt the HTML part leaves to the other parts.
pub(super) fn more_lines(hidden: usize, has_pdf: bool, language: &str) -> String {
    match (language, has_pdf) {
        ("en", true) => format!(
            "{hidden} more lines: they are in the attached PDF and in the text version of this mail."
        ),
        ("en", false) => format!("{hidden} more lines: they are in the text version of this mail."),
        (_, true) => format!(
            "Et {hidden} autres lignes : elles figurent dans le PDF joint et dans la version texte de ce mail."
        ),
        (_, false) => {
            format!("Et {hidden} autres lignes : elles figurent dans la version texte de ce mail.")
        }
    }
}
