//! A structured sale: what was sold, for how much, how it was paid, and what the law wants said.

mod checks;
mod columns;
pub(crate) mod model;
pub(crate) mod printed;
mod sums;
pub(crate) mod view;
pub(crate) mod words;

pub(crate) use checks::check;
pub(crate) use sums::doubts;

use crate::receipt::currency::Currency;
use model::Sale;

/// Currency of a checked sale: one that is not known was refused before.
fn currency(sale: &Sale) -> Currency {
    sale.currency
        .as_deref()
        .and_then(Currency::of)
        .unwrap_or(Currency::EURO)
}

#[cfg(test)]
mod tests;
