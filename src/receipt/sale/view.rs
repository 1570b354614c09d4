//! Makes a sale ready to read: every figure written as the language writes it, and nothing that a document must not show.

use super::checks::check_digit;
use super::model::{
    Barcode, BarcodeSymbology, Customer, Discount, Loyalty, Payment, Sale, SaleLine, Subtotal, Vat,
    Voucher,
};
use super::words::{self, Words};
use crate::clock;
use crate::error::Result;
use crate::receipt::amount::Amount;
use crate::receipt::currency::Currency;
use crate::receipt::model::{DocumentType, Receipt};
use crate::receipt::printed::Symbology;
use crate::receipt::view::{CodeView, CustomerView, Figure, LineView, ShopView, VatView, View};
use crate::settings::model::Shop;
use crate::text::Language;
use rust_decimal::Decimal;

/// Makes the view of a checked sale; `store_name` stands for a sign that the settings do not have.
pub(crate) fn view(
    receipt: &Receipt,
    sale: &Sale,
    shop: &Shop,
    store_name: &str,
    language: Language,
) -> Result<View> {
    let kind = receipt.document_type.unwrap_or_default();
    let writer = Writer {
        currency: super::currency(sale),
        language,
    };
    let bare = writer.bare(receipt, sale, kind)?;
    let shop = writer.shop(shop, store_name);
    let view = View { shop, ..bare };
    Ok(if kind == DocumentType::TicketCadeau {
        view
    } else {
        writer.priced(view, sale, kind)
    })
}

/// Writes figures and words in the language and currency of one receipt.
struct Writer {
    currency: Currency,
    language: Language,
}

impl Writer {
    /// Everything that tells no price: all that a gift ticket may show.
    fn bare(&self, receipt: &Receipt, sale: &Sale, kind: DocumentType) -> Result<View> {
        let date = clock::receipt_date(&receipt.date).map_err(|error| error.inside("date"))?;
        let number = receipt.number.trim();
        let lines = sale.lines.iter();
        Ok(View {
            language: match self.language {
                Language::French => "fr",
                Language::English => "en",
            },
            document_type: kind.as_str(),
            title: format!(
                "{} {}\u{a0}{number}",
                self.word(&words::title(kind)),
                self.word(&words::NUMBER)
            ),
            number: number.to_owned(),
            date: clock::day(date, self.language),
            time: clock::time_of_day(date),
            till: self.labelled(&words::TILL, sale.till.as_ref()),
            cashier: self.labelled(&words::CASHIER, sale.cashier.as_ref()),
            mention: sale.mention.as_ref().map(|mention| {
                words::mention(mention.kind, kind, mention.number.trim(), self.language)
            }),
            customer: sale.customer.as_ref().map(|one| self.customer(one)),
            lines: lines.map(|line| self.bare_line(line)).collect(),
            line_count: sale
                .line_count
                .map(|count| words::line_count(count, self.language)),
            barcode: sale.barcode.as_ref().map(barcode),
            qr: sale.qr.as_ref().map(|payload| qr(payload)),
            signature: self.labelled(&words::SIGNATURE, sale.signature.as_ref()),
            software: self.labelled(&words::SOFTWARE, sale.software.as_ref()),
            footer: words_of(sale.footer.as_ref()),
            privacy_notice: words_of(sale.privacy_notice.as_ref()),
            ..View::default()
        })
    }

    /// Adds everything that is a price, or that a price could be worked out from.
    fn priced(&self, bare: View, sale: &Sale, kind: DocumentType) -> View {
        let lines = sale.lines.iter().zip(bare.lines);
        let loyalty = sale.loyalty.as_ref();
        let voucher = sale.voucher.as_ref();
        View {
            shows_prices: true,
            lines: lines
                .map(|(line, view)| self.priced_line(line, view))
                .collect(),
            subtotals: sale
                .subtotals
                .iter()
                .flatten()
                .map(|subtotal| self.subtotal(subtotal))
                .collect(),
            total: sale.total.map(|total| self.money(total)),
            payments: sale
                .payments
                .iter()
                .flatten()
                .map(|payment| self.payment(payment))
                .collect(),
            change: sale.change.map(|change| self.money(change)),
            vat: sale.vat.iter().flatten().map(|row| self.vat(row)).collect(),
            loyalty: loyalty.map_or_else(Vec::new, |loyalty| self.loyalty(loyalty)),
            voucher: voucher.map_or_else(Vec::new, |voucher| self.voucher(voucher, kind)),
            ..bare
        }
    }

    fn bare_line(&self, line: &SaleLine) -> LineView {
        LineView {
            label: line.label.trim().to_owned(),
            quantity: (!one_piece(line)).then(|| self.amount_of(line)),
            note: filled(line.note.as_ref()),
            ..LineView::default()
        }
    }

    fn priced_line(&self, line: &SaleLine, bare: LineView) -> LineView {
        LineView {
            quantity: self.priced_quantity(line).or(bare.quantity),
            discount: line.discount.as_ref().map(|one| self.discount(one)),
            vat_code: filled(line.vat_code.as_ref()),
            total: line.total.map(|total| self.money(total)),
            ..bare
        }
    }

    /// `2 × 1,20 €`; for one piece only where a reduction makes its price another one than the line's.
    fn priced_quantity(&self, line: &SaleLine) -> Option<String> {
        let price = line.unit_price?;
        let reduced = line.discount.is_some() && line.total != Some(price);
        if one_piece(line) && !reduced {
            return None;
        }
        let unit = filled(line.unit.as_ref());
        let of_unit = unit.map_or_else(String::new, |unit| format!("/{unit}"));
        let price = self.money(price);
        Some(format!("{} × {price}{of_unit}", self.amount_of(line)))
    }

    /// `2`, `0,354 kg`.
    fn amount_of(&self, line: &SaleLine) -> String {
        let quantity = line.quantity.unwrap_or(Amount(Decimal::ONE));
        let quantity = quantity.quantity(self.language);
        match filled(line.unit.as_ref()) {
            Some(unit) => format!("{quantity}\u{a0}{unit}"),
            None => quantity,
        }
    }

    /// `Solde −30 %`, `Promo −5,00 €`: always with a minus, whichever sign the till gives an amount.
    fn discount(&self, discount: &Discount) -> String {
        let less = |Amount(figure): Amount| Amount(-figure.abs());
        let percent = discount
            .percent
            .map(|percent| less(percent).percent(self.language));
        let amount = discount.amount.map(|amount| self.money(less(amount)));
        let kind = self.word(&words::discount(discount.kind));
        match (percent, amount) {
            (Some(percent), Some(amount)) => format!("{kind} {percent} ({amount})"),
            (Some(one), None) | (None, Some(one)) => format!("{kind} {one}"),
            (None, None) => kind.to_owned(),
        }
    }

    fn subtotal(&self, subtotal: &Subtotal) -> Figure {
        figure(subtotal.label.trim(), self.money(subtotal.amount))
    }

    fn payment(&self, payment: &Payment) -> Figure {
        figure(payment.label.trim(), self.money(payment.amount))
    }

    fn vat(&self, row: &Vat) -> VatView {
        VatView {
            code: filled(row.code.as_ref()),
            rate: row.rate.percent(self.language),
            net: row.net.map(|net| self.money(net)),
            tax: self.money(row.tax),
            gross: row.gross.map(|gross| self.money(gross)),
        }
    }

    fn loyalty(&self, loyalty: &Loyalty) -> Vec<Figure> {
        let points = |amount: Amount| amount.quantity(self.language);
        [
            (&words::LOYALTY_CARD, filled(loyalty.card.as_ref())),
            (&words::POINTS_EARNED, loyalty.earned.map(points)),
            (&words::POINTS, loyalty.balance.map(points)),
        ]
        .into_iter()
        .filter_map(|(label, figure_of)| Some(figure(self.word(label), figure_of?)))
        .chain(filled(loyalty.note.as_ref()).map(|note| figure(&note, String::new())))
        .collect()
    }

    fn voucher(&self, voucher: &Voucher, kind: DocumentType) -> Vec<Figure> {
        let value = match kind {
            DocumentType::CartePrepayee => words::CARD_BALANCE,
            _ => words::VALUE,
        };
        // The day was checked; what is no day would be shown as the till wrote it.
        let until = voucher.valid_until.as_ref().map(|day| {
            clock::calendar_day(day)
                .map_or_else(|_| day.clone(), |day| clock::day(day, self.language))
        });
        [
            (&value, Some(self.money(voucher.value))),
            (&words::VALID_UNTIL, until),
            (&words::CODE, filled(voucher.code.as_ref())),
        ]
        .into_iter()
        .filter_map(|(label, figure_of)| Some(figure(self.word(label), figure_of?)))
        .collect()
    }

    fn shop(&self, shop: &Shop, store_name: &str) -> ShopView {
        let siret = shop.siret.as_ref().map(|siret| grouped_siret(siret));
        ShopView {
            sign: filled(shop.sign.as_ref()).unwrap_or_else(|| store_name.to_owned()),
            company: filled(shop.company.as_ref()),
            address: address(shop.address.as_ref()),
            phone: self.labelled(&words::PHONE, shop.phone.as_ref()),
            siret: self.labelled(&words::SIRET, siret.as_ref()),
            naf: self.labelled(&words::NAF, shop.naf.as_ref()),
            vat_number: self.labelled(&words::VAT_NUMBER, shop.vat_number.as_ref()),
        }
    }

    fn customer(&self, customer: &Customer) -> CustomerView {
        CustomerView {
            name: customer.name.trim().to_owned(),
            address: address(customer.address.as_ref()),
            vat_number: self.labelled(&words::VAT_NUMBER, customer.vat_number.as_ref()),
        }
    }

    fn money(&self, amount: Amount) -> String {
        amount.money(self.currency, self.language)
    }

    fn word(&self, words: &Words) -> &'static str {
        words.get(self.language)
    }

    /// `Caisse 2`; a colon would be spaced in French only.
    fn labelled(&self, label: &Words, value: Option<&String>) -> Option<String> {
        filled(value).map(|value| format!("{}\u{a0}{value}", self.word(label)))
    }
}

fn one_piece(line: &SaleLine) -> bool {
    filled(line.unit.as_ref()).is_none()
        && line
            .quantity
            .is_none_or(|Amount(count)| count == Decimal::ONE)
}

fn figure(label: &str, amount: String) -> Figure {
    Figure {
        label: label.to_owned(),
        amount,
    }
}

/// Gives a text that says something: a till may send empty ones for what it does not have.
fn filled(value: Option<&String>) -> Option<String> {
    let value = value?.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

fn address(lines: Option<&Vec<String>>) -> Vec<String> {
    let lines = lines.into_iter().flatten();
    lines.filter_map(|line| filled(Some(line))).collect()
}

fn words_of(value: Option<&String>) -> Vec<String> {
    filled(value).map_or_else(Vec::new, |words| {
        words
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect()
    })
}

/// `732 829 320 00074`, as the law's registers write it; anything but 14 digits stays as it is.
fn grouped_siret(siret: &str) -> String {
    let digits: String = siret.split_whitespace().collect();
    if digits.len() != 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return siret.to_owned();
    }
    digits
        .char_indices()
        .flat_map(|(index, digit)| {
            matches!(index, 3 | 6 | 9)
                .then_some('\u{a0}')
                .into_iter()
                .chain([digit])
        })
        .collect()
}

fn barcode(barcode: &Barcode) -> CodeView {
    let symbology = match barcode.symbology {
        BarcodeSymbology::Code128 => Symbology::Code128,
        BarcodeSymbology::Ean13 => Symbology::Ean13,
    };
    CodeView {
        cid: "barcode".to_owned(),
        symbology,
        payload: match symbology {
            Symbology::Ean13 => with_check_digit(&barcode.payload),
            _ => barcode.payload.clone(),
        },
        ..CodeView::default()
    }
}

fn with_check_digit(payload: &str) -> String {
    let digits: Vec<u32> = payload
        .chars()
        .filter_map(|sign| sign.to_digit(10))
        .collect();
    if digits.len() == 12 {
        format!("{payload}{}", check_digit(&digits))
    } else {
        payload.to_owned()
    }
}

fn qr(payload: &str) -> CodeView {
    CodeView {
        cid: "qr".to_owned(),
        symbology: Symbology::Qr,
        payload: payload.to_owned(),
        ..CodeView::default()
    }
}
