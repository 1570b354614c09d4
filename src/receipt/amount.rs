//! Amounts, quantities and rates: decimals as the till gave them, never floats, never changed; and how people write them.

use crate::json::decimal;
use crate::receipt::currency::Currency;
use crate::text::Language;
use rust_decimal::Decimal;
use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// Groups thousands and stands before signs in French: the wide one, because fonts and old encodings lack U+202F.
const NO_BREAK_SPACE: char = '\u{a0}';

/// A real minus: a mail program may break a line after a hyphen.
const MINUS: char = '\u{2212}';

/// A decimal number that the till gave, as a string or as a number: `"12.50"` or `12.5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Amount(pub(crate) Decimal);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // `json.rs` knows the name, checks the digits and gives the figure as `Decimal` keeps it.
        deserializer.deserialize_newtype_struct(decimal::NAME, Digits)
    }
}

struct Digits;

impl Visitor<'_> for Digits {
    type Value = Amount;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a decimal number")
    }

    fn visit_bytes<E: Error>(self, figure: &[u8]) -> Result<Amount, E> {
        <[u8; 16]>::try_from(figure)
            .map(|figure| Amount(Decimal::deserialize(figure)))
            .map_err(E::custom)
    }
}

#[cfg(test)]
impl schemars::JsonSchema for Amount {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A decimal number of at most 28 digits, kept digit for digit: \"12.50\" or 12.5. A text has a point, never a comma.",
            "type": ["string", "number"],
            "pattern": "^-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?$",
        })
    }
}

impl Amount {
    /// Writes an amount of money: `1 234,50 €`, `€1,234.50`, `1 234,50 CHF`, `CHF 1,234.50`.
    ///
    /// At least the decimals of the currency are shown, and never fewer than the amount has.
    pub(crate) fn money(self, currency: Currency, language: Language) -> String {
        let sign = self.sign();
        let figure = self.padded(currency.decimals, language);
        let sign_of_currency = currency.sign();
        match language {
            Language::French => [&sign, &figure, "\u{a0}", sign_of_currency].concat(),
            Language::English if currency.has_sign() => {
                format!("{sign}{sign_of_currency}{figure}")
            }
            Language::English => format!("{sign}{sign_of_currency}{NO_BREAK_SPACE}{figure}"),
        }
    }

    /// Writes a quantity or points: `2`, `0,354`; the decimals as given, but none where they are all zero.
    pub(crate) fn quantity(self, language: Language) -> String {
        let figure = if self.0.fract().is_zero() {
            self.0.trunc()
        } else {
            self.0
        };
        let written = Amount(figure).grouped(figure.abs().to_string(), language);
        format!("{}{written}", self.sign())
    }

    /// Writes a rate in percent: `5,5 %`, `20%`; zeros at the end say nothing.
    pub(crate) fn percent(self, language: Language) -> String {
        let written = self.grouped(self.0.normalize().abs().to_string(), language);
        match language {
            Language::French => format!("{}{written}{NO_BREAK_SPACE}%", self.sign()),
            Language::English => format!("{}{written}%", self.sign()),
        }
    }

    fn sign(self) -> String {
        let negative = self.0.is_sign_negative() && !self.0.is_zero();
        negative.then_some(MINUS).into_iter().collect()
    }

    /// Writes the figure without its sign, zeros added to the decimals of the currency, zeros beyond them left out.
    fn padded(self, decimals: u32, language: Language) -> String {
        let mut figure = self.0.normalize().abs();
        if figure.scale() < decimals {
            // Where 28 digits leave no room for them the figure stays as it is.
            figure.rescale(decimals);
        }
        self.grouped(figure.to_string(), language)
    }

    /// Groups thousands and puts the decimal sign of the language.
    fn grouped(self, plain: String, language: Language) -> String {
        let (whole, fraction) = match plain.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (plain.as_str(), None),
        };
        let (group, point) = match language {
            Language::French => (NO_BREAK_SPACE, ','),
            Language::English => (',', '.'),
        };
        let mut written = String::with_capacity(plain.len() * 2);
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                written.push(group);
            }
            written.push(digit);
        }
        if let Some(fraction) = fraction {
            written.push(point);
            written.push_str(fraction);
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(digits: &str) -> Amount {
        Amount(Decimal::from_str_exact(digits).unwrap())
    }

    #[test]
    fn money_is_written_as_the_language_writes_it() {
        let cases = [
            ("1234.5", "EUR", "1 234,50 €", "€1,234.50"),
            ("0", "EUR", "0,00 €", "€0.00"),
            ("-0.00", "EUR", "0,00 €", "€0.00"),
            ("-12.5", "EUR", "−12,50 €", "−€12.50"),
            ("999", "EUR", "999,00 €", "€999.00"),
            ("1000", "EUR", "1 000,00 €", "€1,000.00"),
            ("1.2345", "EUR", "1,2345 €", "€1.2345"),
            ("1.2000", "EUR", "1,20 €", "€1.20"),
            (
                "12345678901234.56",
                "EUR",
                "12 345 678 901 234,56 €",
                "€12,345,678,901,234.56",
            ),
            (
                "1234567890123456789012345678",
                "EUR",
                "1 234 567 890 123 456 789 012 345 678,0 €",
                "€1,234,567,890,123,456,789,012,345,678.0",
            ),
            ("1500", "JPY", "1 500 JPY", "JPY 1,500"),
            ("1500.5", "JPY", "1 500,5 JPY", "JPY 1,500.5"),
            ("1500", "XPF", "1 500 XPF", "XPF 1,500"),
            ("3.5", "TND", "3,500 TND", "TND 3.500"),
            ("19.9", "CHF", "19,90 CHF", "CHF 19.90"),
        ];
        for (digits, code, french, english) in cases {
            let currency = Currency::of(code).unwrap();
            let money = |language| {
                amount(digits)
                    .money(currency, language)
                    .replace(NO_BREAK_SPACE, " ")
            };
            assert_eq!(money(Language::French), french, "{digits} {code}");
            assert_eq!(money(Language::English), english, "{digits} {code}");
        }
    }

    #[test]
    fn french_figures_never_break_over_lines() {
        let euro = Currency::of("EUR").unwrap();
        assert_eq!(
            amount("1234567.5").money(euro, Language::French),
            "1\u{a0}234\u{a0}567,50\u{a0}€"
        );
        assert_eq!(amount("20").percent(Language::French), "20\u{a0}%");
    }

    #[test]
    fn quantities_and_rates_keep_what_they_say() {
        let quantities = [
            ("2", "2", "2"),
            ("2.0000", "2", "2"),
            ("0.354", "0,354", "0.354"),
            ("0.350", "0,350", "0.350"),
            ("-1", "−1", "−1"),
            ("1200", "1 200", "1,200"),
        ];
        for (digits, french, english) in quantities {
            let written = amount(digits).quantity(Language::French);
            assert_eq!(written.replace(NO_BREAK_SPACE, " "), french, "{digits}");
            assert_eq!(amount(digits).quantity(Language::English), english);
        }
        let rates = [
            ("20.00", "20 %", "20%"),
            ("5.5", "5,5 %", "5.5%"),
            ("2.10", "2,1 %", "2.1%"),
            ("0", "0 %", "0%"),
        ];
        for (digits, french, english) in rates {
            let written = amount(digits).percent(Language::French);
            assert_eq!(written.replace(NO_BREAK_SPACE, " "), french, "{digits}");
            assert_eq!(amount(digits).percent(Language::English), english);
        }
    }
}
