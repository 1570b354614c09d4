//! What a receipt shows, in words and figures ready to read: what templates, the text part and the PDF are made from.
//!
//! Every amount is written as the language writes it. What a document must not show (prices on a gift ticket) is
//! not in here at all, so no template can show it by mistake.

use crate::receipt::printed::Symbology;
use serde::Serialize;

/// A sale, ready to read. Absent is `None` or empty: templates test for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct View {
    /// `fr` or `en`.
    pub(crate) language: &'static str,
    /// `ticket`, `ticket_cadeau`, `bon`, `carte_prepayee`, `service` or `facture`.
    pub(crate) document_type: &'static str,
    /// `Ticket n° T1`, `Facture n° F12`.
    pub(crate) title: String,
    pub(crate) number: String,
    /// `22/11/2026`.
    pub(crate) date: String,
    /// `18:30`.
    pub(crate) time: String,
    /// `Caisse 2`.
    pub(crate) till: Option<String>,
    /// `Servi par Zoé`.
    pub(crate) cashier: Option<String>,
    pub(crate) shop: ShopView,
    /// First line: `Ce ticket annule le ticket n° …`.
    pub(crate) mention: Option<String>,
    pub(crate) customer: Option<CustomerView>,
    /// False on a gift ticket.
    pub(crate) shows_prices: bool,
    pub(crate) lines: Vec<LineView>,
    pub(crate) subtotals: Vec<Figure>,
    pub(crate) total: Option<String>,
    pub(crate) payments: Vec<Figure>,
    pub(crate) change: Option<String>,
    pub(crate) vat: Vec<VatView>,
    /// `12 lignes`.
    pub(crate) line_count: Option<String>,
    pub(crate) loyalty: Vec<Figure>,
    pub(crate) voucher: Vec<Figure>,
    pub(crate) barcode: Option<CodeView>,
    pub(crate) qr: Option<CodeView>,
    /// `Signature hK3-9f`.
    pub(crate) signature: Option<String>,
    /// `Logiciel Caisse 4.2`.
    pub(crate) software: Option<String>,
    /// Lines, in their order; so are the next ones.
    pub(crate) footer: Vec<String>,
    pub(crate) privacy_notice: Vec<String>,
    /// The shop's logos that the mail carries.
    pub(crate) logos: Vec<LogoView>,
}

/// What the receipt says about the shop.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ShopView {
    pub(crate) sign: String,
    pub(crate) company: Option<String>,
    pub(crate) address: Vec<String>,
    /// `Tél. 05 49 00 00 00`.
    pub(crate) phone: Option<String>,
    /// `SIRET 732 829 320 00074`.
    pub(crate) siret: Option<String>,
    /// `NAF 1071C`.
    pub(crate) naf: Option<String>,
    /// `N° TVA FR40303265045`.
    pub(crate) vat_number: Option<String>,
}

/// The customer of an invoice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct CustomerView {
    pub(crate) name: String,
    pub(crate) address: Vec<String>,
    /// `N° TVA FR40303265045`.
    pub(crate) vat_number: Option<String>,
}

/// One line of the sale.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct LineView {
    pub(crate) label: String,
    /// `2 × 1,20 €`, `0,354 kg × 12,00 €/kg`; only `2` where no price is shown; absent for one piece.
    pub(crate) quantity: Option<String>,
    /// `Solde −30 %`.
    pub(crate) discount: Option<String>,
    pub(crate) vat_code: Option<String>,
    pub(crate) total: Option<String>,
    pub(crate) note: Option<String>,
}

/// A label with its figure.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Figure {
    pub(crate) label: String,
    pub(crate) amount: String,
}

/// VAT of one rate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct VatView {
    pub(crate) code: Option<String>,
    pub(crate) rate: String,
    pub(crate) net: Option<String>,
    pub(crate) tax: String,
    pub(crate) gross: Option<String>,
}

/// A bar code or QR code that the mail carries as a picture.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct CodeView {
    /// `barcode` or `qr`; the HTML shows `cid:` and this.
    pub(crate) cid: String,
    /// `code128`, `ean13`, `qr`.
    pub(crate) symbology: Symbology,
    /// What a scanner reads; an EAN-13 has its check digit.
    pub(crate) payload: String,
    /// Pixels at which it is shown; set by whoever draws it.
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// A logo that the mail carries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct LogoView {
    /// `logo1`.
    pub(crate) cid: String,
    /// What is read where it is not shown: the sign.
    pub(crate) alt: String,
    pub(crate) width: u32,
    pub(crate) height: u32,
}
