//! Lines as a receipt printer prints them: the one model that the till's text, its printer's bytes and a sale become.
//!
//! The text part, the monospaced HTML part and the PDF are made from it.

mod html;
mod plain;
mod typed;

pub(crate) use html::{html, with_html};
pub(crate) use plain::plain;
pub(crate) use typed::of_text;

use crate::picture::Picture;
use crate::text::{self, Language};
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

/// Columns that a text takes.
pub(crate) fn width(text: &str) -> usize {
    plain_width(text).unwrap_or_else(|| UnicodeWidthStr::width(text))
}

/// Columns of a text whose letters take one each, whatever stands beside them, as nearly all that a till prints do:
/// tables and rules of Unicode are looked at for others only.
pub(crate) fn plain_width(text: &str) -> Option<usize> {
    let is_ascii = |byte: &u8| matches!(byte, b' '..=b'~');
    let is_plain = |sign: &char| matches!(sign, ' '..='~' | '\u{a0}'..='\u{ac}' | '\u{ae}'..='\u{17f}' | '€' | '\u{2212}');
    let ascii = text
        .as_bytes()
        .iter()
        .take_while(|byte| is_ascii(byte))
        .count();
    let mut columns = ascii;
    for sign in text.get(ascii..)?.chars() {
        if !is_plain(&sign) {
            return None;
        }
        columns += 1;
    }
    Some(columns)
}

/// A printed receipt, from its first line to its cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Printed {
    /// Columns of the paper: 32 to 48 as a rule. A double-width character takes two.
    pub(crate) columns: usize,
    pub(crate) blocks: Vec<Block>,
}

/// What stands below each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Block {
    /// One line of text; without spans it is an empty line.
    Line(Line),
    /// A picture as the till sent it, such as its logo.
    Picture { picture: Picture, align: Align },
    /// A bar code or QR code.
    Code { code: Code, align: Align },
    /// The paper is cut: what follows is another slip.
    Cut,
}

/// A line of text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) align: Align,
    pub(crate) spans: Vec<Span>,
}

/// Text in one style.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) text: String,
    pub(crate) style: Style,
}

/// How a printer sets text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) bold: bool,
    pub(crate) underline: bool,
    /// White on black.
    pub(crate) inverse: bool,
    pub(crate) double_width: bool,
    pub(crate) double_height: bool,
}

/// Text as the printer sets it by itself.
pub(crate) const PLAIN: Style = Style {
    bold: false,
    underline: false,
    inverse: false,
    double_width: false,
    double_height: false,
};

/// Where a line stands on the paper.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Align {
    #[default]
    Left,
    Centre,
    Right,
}

/// A code for a scanner, with what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Code {
    pub(crate) symbology: Symbology,
    /// What a scanner reads.
    pub(crate) payload: String,
    /// The payload is written below it.
    pub(crate) shows_text: bool,
}

/// How a code is drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Symbology {
    #[default]
    Code128,
    Code39,
    Ean13,
    Ean8,
    UpcA,
    Itf,
    Codabar,
    Qr,
}

impl Span {
    /// Columns it takes on the paper.
    pub(crate) fn columns(&self) -> usize {
        width(&self.text) * if self.style.double_width { 2 } else { 1 }
    }
}

impl Line {
    /// Columns it takes on the paper.
    pub(crate) fn columns(&self) -> usize {
        self.spans.iter().map(Span::columns).sum()
    }
}

impl Align {
    /// Columns that stay free on the left of so many, on a paper of so many.
    pub(crate) fn indent(self, columns: usize, paper: usize) -> usize {
        let free = paper.saturating_sub(columns);
        match self {
            Align::Left => 0,
            Align::Centre => free / 2,
            Align::Right => free,
        }
    }
}

impl Code {
    /// Gives the words that stand for it where it is not drawn: `[QR] https://…`.
    pub(crate) fn words(&self, language: Language) -> String {
        let name = match self.symbology {
            Symbology::Qr => "QR",
            _ => text::bar_code_name(language),
        };
        format!("[{name}] {}", self.payload)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The short way may be taken only where the long way says the same, whatever stands before or behind.
    #[test]
    fn plain_letters_take_the_columns_that_unicode_gives_them() {
        let plain: Vec<char> = ('\0'..='\u{ffff}')
            .filter(|sign| plain_width(&sign.to_string()).is_some())
            .collect();
        assert_eq!(plain.len(), 95 + 13 + 210 + 2);
        for first in &plain {
            for second in ['e', '\u{a0}', '©', '1', '€', '\u{2212}', *first] {
                let pair: String = [*first, second].iter().collect();
                assert_eq!(plain_width(&pair), Some(2), "{pair:?}");
                assert_eq!(UnicodeWidthStr::width(pair.as_str()), 2, "{pair:?}");
            }
        }
        for (text, columns) in [
            ("", 0),
            ("寿司", 4),
            ("e\u{301}", 1),
            ("©\u{fe0f}", 2),
            ("1\u{fe0f}\u{20e3}", 2),
            ("é\u{200d}", 1),
        ] {
            assert_eq!(width(text), columns, "{text:?}");
            assert_eq!(UnicodeWidthStr::width(text), columns, "{text:?}");
        }
    }
}
