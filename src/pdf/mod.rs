//! The receipt as a PDF, made from its printed lines: a roll of paper or pages of A4.
//!
//! Text is text: it is selected, copied and found, in a font that is inside the file and holds the glyphs it uses.
//! Bar codes are vectors. A file of ours can be marked as a copy or a test afterwards (`mark`); nothing else of it
//! changes then.
//!
//! What it does not do: right-to-left scripts, Chinese and emoji are shown as a replacement sign; copied, they are
//! what the till gave. The file is not tagged (PDF/UA).

mod mark;

#[cfg(feature = "pdf")]
mod cells;
#[cfg(feature = "pdf")]
mod draw;
#[cfg(feature = "pdf")]
mod font;
#[cfg(feature = "pdf")]
mod image;
#[cfg(feature = "pdf")]
mod layout;
#[cfg(feature = "pdf")]
mod render;

pub(crate) use mark::marked;
#[cfg(feature = "pdf")]
pub(crate) use render::render;

use crate::picture::Picture;
use crate::text::Language;
use time::OffsetDateTime;

/// What a PDF says about itself.
#[derive(Debug, Clone)]
#[cfg_attr(not(feature = "pdf"), allow(dead_code, reason = "there is no PDF"))]
pub(crate) struct About<'a> {
    pub(crate) title: &'a str,
    pub(crate) language: Language,
    /// Date of the receipt: the file says the same whenever it is made.
    pub(crate) date: OffsetDateTime,
    /// Stands on top of the lines, as large as in the mail.
    pub(crate) logo: Option<&'a Picture>,
}

/// A PDF, and how many characters its font lacks.
#[derive(Debug, Clone)]
pub(crate) struct Rendered {
    pub(crate) bytes: Vec<u8>,
    pub(crate) replaced: usize,
}

/// Without the feature `pdf` every wish for one is refused in words.
#[cfg(not(feature = "pdf"))]
pub(crate) fn render(
    _: &crate::receipt::printed::Printed,
    _: crate::receipt::model::PdfForm,
    _: &About,
) -> crate::error::Result<Rendered> {
    Err(crate::error::Error::new(
        crate::error::MAIL_E_VALUE,
        crate::text::no_pdf(),
    ))
}

#[cfg(test)]
#[cfg(feature = "pdf")]
mod tests;
