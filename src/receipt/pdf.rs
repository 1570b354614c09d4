//! The receipt as a PDF beside the mail, where the receipt or else the settings ask for one.

use super::Paper;
use super::model::{PdfForm, Receipt};
use super::sale::words;
use crate::clock;
use crate::draft::{Attached, Warning};
use crate::error::{Error, MAIL_E_VALUE, Result};
use crate::pdf::{self, About};
use crate::settings::in_force::InForce;
use crate::text;

/// Longest file name before its ending: Windows takes 255 characters with the folder.
const NAME_CHARACTERS: usize = 80;

/// Makes the PDF, and tells of characters that it cannot show. What is not made of lines, an HTML receipt, has none: it is refused where the receipt asks for it.
pub(super) fn attached(
    receipt: &Receipt,
    settings: &InForce,
    paper: Option<&Paper>,
) -> Result<Option<(Attached, Option<Warning>)>> {
    let Some(form) = form(receipt, settings) else {
        return Ok(None);
    };
    let Some(paper) = paper else {
        let refused = Error::at(MAIL_E_VALUE, "pdf", text::pdf_of_html());
        return receipt.pdf.map_or(Ok(None), |_| Err(refused));
    };
    let language = receipt.language.unwrap_or(settings.language);
    let title = format!(
        "{} {}",
        words::title(receipt.document_type.unwrap_or_default()).get(language),
        receipt.number.trim()
    );
    let about = About {
        title: &title,
        language,
        date: clock::receipt_date(&receipt.date).map_err(|error| error.inside("date"))?,
        logo: paper.logo.as_ref(),
    };
    let rendered =
        pdf::render(&paper.printed, form, &about).map_err(|error| error.inside("pdf"))?;
    let attached = Attached {
        name: format!("{}.pdf", file_name(&title)),
        content_type: "application/pdf".to_owned(),
        bytes: rendered.bytes,
    };
    let warning = (rendered.replaced > 0).then(|| Warning {
        field: "pdf".to_owned(),
        message: text::replaced_in_pdf(rendered.replaced),
    });
    Ok(Some((attached, warning)))
}

/// The form of the PDF that goes with the receipt: as it says itself, else as the settings do; none where none is wanted.
pub(super) fn form(receipt: &Receipt, settings: &InForce) -> Option<PdfForm> {
    let of_settings = || {
        let kind = receipt.document_type.unwrap_or_default();
        settings.documents.get(&kind)?.pdf
    };
    receipt
        .pdf
        .or_else(of_settings)
        .filter(|form| *form != PdfForm::None)
}

/// A name that every file system takes: receipt numbers may hold slashes and colons.
fn file_name(title: &str) -> String {
    let safe = title.chars().take(NAME_CHARACTERS).map(|sign| match sign {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '-',
        sign if sign.is_control() => '-',
        sign => sign,
    });
    let safe: String = safe.collect();
    safe.trim_end_matches(['.', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_safe() {
        let cases = [
            ("Ticket T1", "Ticket T1"),
            ("Facture 2026/11:22", "Facture 2026-11-22"),
            ("Ticket ..\\..\\x ", "Ticket ..-..-x"),
            ("Carte prépayée n°1", "Carte prépayée n°1"),
            ("Ticket 1.", "Ticket 1"),
        ];
        for (title, expected) in cases {
            assert_eq!(file_name(title), expected);
        }
        assert_eq!(file_name(&"é".repeat(200)).chars().count(), NAME_CHARACTERS);
    }
}
