//! The receipt: the JSON that a till gives to `mail_send_receipt`.

use crate::draft::Attachment;
use crate::receipt::sale::model::Sale;
use crate::text::Language;
use serde::{Deserialize, Serialize};

/// One receipt for one customer.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Receipt {
    /// Store it comes from; default: the store given to `mail_init`.
    pub(crate) store: Option<String>,
    /// Number of the receipt. Number, type and recipient together are sent once.
    pub(crate) number: String,
    /// Kind of document; default `ticket`.
    #[serde(rename = "type")]
    pub(crate) document_type: Option<DocumentType>,
    /// Date and time of the sale with its offset, RFC 3339: `2026-11-22T18:30:00+01:00`.
    pub(crate) date: String,
    /// The customer's e-mail address.
    pub(crate) to: String,
    /// Subject; default: "Votre ticket de … du …" in the language in force.
    pub(crate) subject: Option<String>,
    /// The very lines the till prints, 32 to 48 columns. Alone, it also becomes an HTML part that keeps its columns.
    pub(crate) text: Option<String>,
    /// The receipt as HTML; with `text` beside it the mail holds both.
    pub(crate) html: Option<String>,
    /// The sale itself: mail, text and HTML are made from it. Instead of `text`, `html` and `escpos`.
    pub(crate) sale: Option<Sale>,
    /// The very bytes the till sends to its receipt printer (ESC/POS), as base64. Instead of `text`, `html` and `sale`.
    pub(crate) escpos: Option<String>,
    /// Also attaches the receipt as a PDF, in this form; default: as the settings say, else none.
    pub(crate) pdf: Option<PdfForm>,
    /// Files that go with it.
    pub(crate) attachments: Option<Vec<Attachment>>,
    /// Language of the subject and of the HTML part; default: the language in force.
    pub(crate) language: Option<Language>,
}

/// Form of the attached PDF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum PdfForm {
    /// One page as long as the receipt, 80 mm wide.
    Roll,
    /// Pages of A4.
    A4,
    /// None, although the settings ask for one.
    None,
}

/// Kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum DocumentType {
    /// Till receipt.
    #[default]
    Ticket,
    /// Gift receipt: shows no price.
    TicketCadeau,
    /// Voucher.
    Bon,
    /// Prepaid card.
    CartePrepayee,
    /// Note of a service.
    Service,
    /// Invoice.
    Facture,
}

impl DocumentType {
    /// Every kind, in the order of the enum.
    #[cfg(test)]
    pub(crate) const ALL: [DocumentType; 6] = [
        DocumentType::Ticket,
        DocumentType::TicketCadeau,
        DocumentType::Bon,
        DocumentType::CartePrepayee,
        DocumentType::Service,
        DocumentType::Facture,
    ];

    /// Gives the word the JSON uses.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            DocumentType::Ticket => "ticket",
            DocumentType::TicketCadeau => "ticket_cadeau",
            DocumentType::Bon => "bon",
            DocumentType::CartePrepayee => "carte_prepayee",
            DocumentType::Service => "service",
            DocumentType::Facture => "facture",
        }
    }
}
