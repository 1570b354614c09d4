//! Tells where the figures of a sale do not add up. They are shown as given: only the till knows which one is wrong.

use super::model::{Sale, SaleLine, Vat};
use super::words;
use crate::draft::Warning;
use crate::receipt::amount::Amount;
use crate::receipt::currency::Currency;
use crate::receipt::model::DocumentType;
use crate::text::{Language, Text};
use rust_decimal::Decimal;

/// Finds the figures that do not add up; those that a gift ticket does not show are not looked at.
///
/// A sum beyond 28 digits is not compared.
pub(crate) fn doubts(kind: DocumentType, sale: &Sale) -> Vec<Warning> {
    let sums = Sums {
        sale,
        currency: super::currency(sale),
    };
    let mut doubts = Vec::new();
    if kind != DocumentType::TicketCadeau {
        doubts.extend(sums.lines());
        for (index, row) in sale.vat.iter().flatten().enumerate() {
            doubts.extend(sums.rate(index, row));
            doubts.extend(sums.gross(index, row));
        }
        doubts.extend(sums.vat());
        doubts.extend(sums.payments(kind));
    }
    doubts.extend(line_count(sale));
    doubts
}

struct Sums<'a> {
    sale: &'a Sale,
    currency: Currency,
}

impl Sums<'_> {
    /// Compares the lines with the total; on an invoice they may be without VAT.
    fn lines(&self) -> Option<Warning> {
        let total = self.sale.total?.0;
        if self.sale.lines.is_empty() {
            return None;
        }
        let sum = sum(self.sale.lines.iter().map(|line| line.total))?;
        let tax = || sum_of_vat(self.sale, |row| Some(row.tax));
        let without_vat = || sum.checked_add(tax()?);
        if sum == total || without_vat() == Some(total) {
            return None;
        }
        let message = words::lines_and_total(&self.money(sum), &self.money(total));
        Some(doubt("total".to_owned(), message))
    }

    /// Compares a rate's VAT with what the rate makes: tills round each line or the whole, so a cent a line is free.
    fn rate(&self, index: usize, row: &Vat) -> Option<Warning> {
        let right = row
            .net?
            .0
            .checked_mul(row.rate.0)?
            .checked_div(Decimal::ONE_HUNDRED)?;
        let lines = self.sale.lines.iter().filter(|line| belongs(line, row));
        if self.near(right, row.tax.0, lines.count()) {
            return None;
        }
        let right = right.round_dp(self.currency.decimals);
        let message = words::vat_of_rate(&self.money(right), &self.money(row.tax.0));
        Some(doubt(format!("vat[{index}].tax"), message))
    }

    fn gross(&self, index: usize, row: &Vat) -> Option<Warning> {
        let (right, gross) = (row.net?.0.checked_add(row.tax.0)?, row.gross?.0);
        if self.near(right, gross, 1) {
            return None;
        }
        let message = words::net_and_tax(&self.money(right), &self.money(gross));
        Some(doubt(format!("vat[{index}].gross"), message))
    }

    /// Compares the VAT table with the total; lines that name no rate beside others that do are outside VAT.
    fn vat(&self) -> Option<Warning> {
        let total = self.sale.total?.0;
        let rows = self.sale.vat.as_deref().filter(|rows| !rows.is_empty())?;
        let of_table = sum_of_vat(self.sale, |row| match row.gross {
            Some(gross) => Some(gross),
            None => row.net?.0.checked_add(row.tax.0).map(Amount),
        })?;
        let named = |line: &&SaleLine| line.vat_rate.is_some() || line.vat_code.is_some();
        let outside = if self.sale.lines.iter().any(|line| named(&line)) {
            let lines = self.sale.lines.iter().filter(|line| !named(line));
            sum(lines.map(|line| line.total))?
        } else {
            Decimal::ZERO
        };
        let with_outside = of_table.checked_add(outside)?;
        if self.near(of_table, total, rows.len()) || self.near(with_outside, total, rows.len()) {
            return None;
        }
        let message = words::vat_and_total(&self.money(of_table), &self.money(total));
        Some(doubt("vat".to_owned(), message))
    }

    fn payments(&self, kind: DocumentType) -> Option<Warning> {
        let total = self.sale.total?.0;
        let payments = self.sale.payments.as_ref()?;
        let given = sum(payments.iter().map(|payment| Some(payment.amount)))?;
        let change = self.sale.change.map_or(Decimal::ZERO, |change| change.0);
        let paid = given.checked_sub(change)?;
        // An invoice may be paid in part, or later.
        if paid == total || (kind == DocumentType::Facture && paid < total) {
            return None;
        }
        let message = words::payments_and_total(&self.money(paid), &self.money(total));
        Some(doubt("payments".to_owned(), message))
    }

    /// Tells whether two figures differ by no more than a cent each.
    fn near(&self, one: Decimal, other: Decimal, times: usize) -> bool {
        let cents = Decimal::new(1, self.currency.decimals);
        let free = Decimal::from(times.max(1)).checked_mul(cents);
        match (one.checked_sub(other), free) {
            (Some(difference), Some(free)) => difference.abs() <= free,
            _ => true,
        }
    }

    fn money(&self, amount: Decimal) -> [String; 2] {
        [Language::French, Language::English]
            .map(|language| Amount(amount).money(self.currency, language))
    }
}

fn line_count(sale: &Sale) -> Option<Warning> {
    let given = sale.line_count?;
    let lines = sale.lines.len();
    if usize::try_from(given) == Ok(lines) {
        return None;
    }
    let message = words::count_of_lines(given, lines);
    Some(doubt("line_count".to_owned(), message))
}

/// Tells whether a line is summed up in a row of the VAT table.
fn belongs(line: &SaleLine, row: &Vat) -> bool {
    match (&line.vat_code, &row.code) {
        (Some(code), Some(of_row)) => code == of_row,
        _ => line.vat_rate.is_none_or(|rate| rate == row.rate),
    }
}

fn sum_of_vat(sale: &Sale, figure: impl Fn(&Vat) -> Option<Amount>) -> Option<Decimal> {
    sum(sale.vat.iter().flatten().map(figure))
}

/// Sums up; nothing where one is missing or the sum has too many digits.
fn sum(figures: impl IntoIterator<Item = Option<Amount>>) -> Option<Decimal> {
    figures
        .into_iter()
        .try_fold(Decimal::ZERO, |sum, figure| sum.checked_add(figure?.0))
}

fn doubt(field: String, message: Text) -> Warning {
    Warning {
        field: format!("sale.{field}"),
        message,
    }
}
