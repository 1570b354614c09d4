//! The sale: the structured receipt that a till gives as `sale`.

use crate::receipt::amount::Amount;
use serde::Deserialize;

/// A sale as the till recorded it. The library shows its figures and never changes one; where they do not add up,
/// the receipt is sent as given and the reply warns of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Sale {
    /// Till it was rung up at.
    pub(crate) till: Option<String>,
    /// Who rang it up, by name or number.
    pub(crate) cashier: Option<String>,
    /// Currency of all amounts, ISO 4217; default `EUR`.
    pub(crate) currency: Option<String>,
    /// What stands in the first line when a receipt annuls or changes another one.
    pub(crate) mention: Option<Mention>,
    /// The customer, on an invoice.
    pub(crate) customer: Option<Customer>,
    /// What was sold, in the order of the receipt, at most 2000 lines. `bon` and `carte_prepayee` may have none.
    /// A reduction of the whole sale is a line with a negative total.
    pub(crate) lines: Vec<SaleLine>,
    /// Sums on the way to the total.
    pub(crate) subtotals: Option<Vec<Subtotal>>,
    /// VAT by rate.
    pub(crate) vat: Option<Vec<Vat>>,
    /// What is to be paid, VAT included. `ticket`, `service` and `facture` need it.
    pub(crate) total: Option<Amount>,
    /// How it was paid.
    pub(crate) payments: Option<Vec<Payment>>,
    /// What was given back: not negative, and not one of the payments.
    pub(crate) change: Option<Amount>,
    /// Number of lines that the till's certification wants shown.
    pub(crate) line_count: Option<u32>,
    /// The customer's loyalty account; no part of a gift ticket, for its points tell the price.
    pub(crate) loyalty: Option<Loyalty>,
    /// What a voucher or prepaid card is worth. `bon` and `carte_prepayee` need it.
    pub(crate) voucher: Option<Voucher>,
    /// Extract of the till's electronic signature.
    pub(crate) signature: Option<String>,
    /// Name and version of the till software.
    pub(crate) software: Option<String>,
    /// Bar code at the end, for returns; a gift ticket shows it too.
    pub(crate) barcode: Option<Barcode>,
    /// What the QR code at the end says, mostly a web address; at most 1000 bytes.
    pub(crate) qr: Option<String>,
    /// Closing lines, such as opening hours and conditions of return; a gift ticket shows them too.
    pub(crate) footer: Option<String>,
    /// What the shop says about the customer's address (GDPR).
    pub(crate) privacy_notice: Option<String>,
}

/// One thing sold or taken back.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct SaleLine {
    /// What it is.
    pub(crate) label: String,
    /// How many or how much; negative for what was taken back; default 1, not shown.
    pub(crate) quantity: Option<Amount>,
    /// Unit of the quantity, such as `kg`.
    pub(crate) unit: Option<String>,
    /// Price of one unit.
    pub(crate) unit_price: Option<Amount>,
    /// A reduction that is in the line's total.
    pub(crate) discount: Option<Discount>,
    /// VAT rate in percent.
    pub(crate) vat_rate: Option<Amount>,
    /// Letter or number that stands for the rate in the VAT table.
    pub(crate) vat_code: Option<String>,
    /// Price of the whole line, on an invoice with or without VAT. `ticket`, `service` and `facture` need it.
    pub(crate) total: Option<Amount>,
    /// A remark below it, such as size and colour; a gift ticket shows it too.
    pub(crate) note: Option<String>,
}

/// A reduction of one line.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Discount {
    /// What kind of reduction.
    pub(crate) kind: DiscountKind,
    /// In percent, as a positive number.
    pub(crate) percent: Option<Amount>,
    /// As an amount; shown with a minus, whichever sign it has.
    pub(crate) amount: Option<Amount>,
}

/// What kind of reduction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum DiscountKind {
    /// In the sales that the law regulates (soldes).
    Solde,
    /// Any other reduction.
    Promo,
}

/// A sum on the way to the total.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Subtotal {
    /// What is summed up.
    pub(crate) label: String,
    /// The sum.
    pub(crate) amount: Amount,
}

/// VAT of one rate.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Vat {
    /// Letter or number that lines refer to.
    pub(crate) code: Option<String>,
    /// Rate in percent.
    pub(crate) rate: Amount,
    /// Amount without VAT.
    pub(crate) net: Option<Amount>,
    /// VAT.
    pub(crate) tax: Amount,
    /// Amount with VAT.
    pub(crate) gross: Option<Amount>,
}

/// One means of payment.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Payment {
    /// Means of payment, such as `Carte bancaire`.
    pub(crate) label: String,
    /// What was paid with it.
    pub(crate) amount: Amount,
}

/// The customer of an invoice.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Customer {
    /// Name or company.
    pub(crate) name: String,
    /// Lines of the postal address.
    pub(crate) address: Option<Vec<String>>,
    /// VAT number.
    pub(crate) vat_number: Option<String>,
}

/// What stands in the first line when a receipt annuls or changes another one (NF525).
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Mention {
    /// How the two receipts relate.
    pub(crate) kind: MentionKind,
    /// Number of the other receipt.
    pub(crate) number: String,
}

/// How two receipts relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum MentionKind {
    /// This one is annulled by the other.
    AnnulePar,
    /// This one annuls the other.
    Annule,
    /// This one changes the other.
    Modifie,
}

/// The customer's loyalty account.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Loyalty {
    /// Number of the card, as it is shown.
    pub(crate) card: Option<String>,
    /// Points earned by this sale.
    pub(crate) earned: Option<Amount>,
    /// Points after this sale.
    pub(crate) balance: Option<Amount>,
    /// Anything else the till says about it.
    pub(crate) note: Option<String>,
}

/// What a voucher or prepaid card is worth.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Voucher {
    /// Value, or what is left on a card.
    pub(crate) value: Amount,
    /// Last day it is taken, `2027-11-22`.
    pub(crate) valid_until: Option<String>,
    /// Number or code to give at the till.
    pub(crate) code: Option<String>,
}

/// A bar code.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Barcode {
    /// How it is drawn.
    pub(crate) symbology: BarcodeSymbology,
    /// What a scanner reads.
    pub(crate) payload: String,
}

/// How a bar code is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) enum BarcodeSymbology {
    /// Letters without accents, digits and signs, at most 48.
    Code128,
    /// 12 digits, or 13 with the check digit.
    Ean13,
}
