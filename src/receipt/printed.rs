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
        self.text.width() * if self.style.double_width { 2 } else { 1 }
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
