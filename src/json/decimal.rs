//! Decimals in a caller's JSON: as a number or as a text, digit for digit, never through a float.

use crate::error::{Error, MAIL_E_TOO_LARGE, MAIL_E_TYPE, MAIL_E_VALUE, Result};
use crate::text::{self, Text};
use rust_decimal::Decimal;
use serde_json::Value;

/// Name of the newtype that the reader fills with the bytes of a `Decimal`.
pub(crate) const NAME: &str = "$tillmail::Decimal";

/// Digits of one figure, before and after the point: more than any sum of money has, and `Decimal` holds them all.
const MAX_DIGITS: usize = 28;

/// Longest way to write a figure; what is longer is not looked at.
const MAX_WRITTEN_BYTES: usize = 64;

/// Reads `12.5`, `1e2` or `"12.50"`.
pub(super) fn read(value: &Value) -> Result<Decimal> {
    let written = match value {
        Value::String(written) => written.as_str(),
        // With arbitrary_precision these are the digits of the request.
        Value::Number(number) => number.as_str(),
        other => {
            let message = text::wrong_type(&text::a_decimal(), &super::shown(other));
            return Err(Error::new(MAIL_E_TYPE, message));
        }
    };
    let refused = |code, message: Text| Err(Error::new(code, message));
    if written.len() > MAX_WRITTEN_BYTES {
        return refused(MAIL_E_TOO_LARGE, text::too_many_digits(MAX_DIGITS));
    }
    let Some(parts) = Parts::of(written) else {
        return refused(
            MAIL_E_VALUE,
            text::not_a_decimal(&super::shown(value), meant(written).as_deref()),
        );
    };
    parts.decimal().map_or_else(
        || refused(MAIL_E_TOO_LARGE, text::too_many_digits(MAX_DIGITS)),
        Ok,
    )
}

/// A number taken apart.
struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
    exponent: i32,
}

impl<'a> Parts<'a> {
    /// Takes apart what JSON calls a number; leading zeros are allowed.
    fn of(written: &'a str) -> Option<Self> {
        let (negative, rest) = match written.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, written),
        };
        let is_e = |byte: u8| matches!(byte, b'e' | b'E');
        let (mantissa, exponent) = match rest.bytes().position(is_e) {
            Some(at) => (rest.get(..at)?, exponent_of(rest.get(at + 1..)?)?),
            None => (rest, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) if digits(fraction) => (whole, fraction),
            Some(_) => return None,
            None => (mantissa, ""),
        };
        digits(whole).then_some(Parts {
            negative,
            whole,
            fraction,
            exponent,
        })
    }

    /// Gives the figure, or nothing where it has too many digits.
    fn decimal(&self) -> Option<Decimal> {
        let mut digits = format!("{}{}", self.whole, self.fraction);
        let decimals = i32::try_from(self.fraction.len()).ok()? - self.exponent;
        if decimals < 0 {
            let zeros = usize::try_from(-decimals).ok()?.min(MAX_DIGITS + 1);
            digits.extend(std::iter::repeat_n('0', zeros));
        }
        let significant = digits.trim_start_matches('0');
        let scale = u32::try_from(decimals.max(0)).ok()?;
        if significant.len() > MAX_DIGITS || scale as usize > MAX_DIGITS {
            return None;
        }
        let number: i128 = match significant.len() {
            0 => 0,
            // Nearly every figure; the other takes five times longer.
            1..=18 => significant.parse::<i64>().ok()?.into(),
            _ => significant.parse().ok()?,
        };
        let signed = if self.negative { -number } else { number };
        Decimal::try_from_i128_with_scale(signed, scale).ok()
    }
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn exponent_of(written: &str) -> Option<i32> {
    let bare = written.strip_prefix(['+', '-']).unwrap_or(written);
    if !digits(bare) {
        return None;
    }
    // What does not fit has too many digits anyway.
    let size: i32 = bare.parse().unwrap_or(i32::from(i16::MAX)).min(1_000);
    Some(if written.starts_with('-') {
        -size
    } else {
        size
    })
}

/// Gives what was probably meant: a French program writes a comma, spaces between thousands and a sign of currency.
fn meant(written: &str) -> Option<String> {
    let bare: String = written
        .chars()
        .filter(|sign| !sign.is_whitespace() && *sign != '€')
        .map(|sign| if sign == ',' { '.' } else { sign })
        .collect();
    Parts::of(&bare)?.decimal()?;
    Some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    fn parsed(json: &str) -> Result<Decimal> {
        read(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn figures_come_out_digit_for_digit() {
        let cases = [
            ("0.1", "0.1"),
            ("12", "12"),
            ("1.10", "1.10"),
            ("1e2", "100"),
            ("1.5E-3", "0.0015"),
            ("12345678901234.56", "12345678901234.56"),
            // As a float it would end in …78.9.
            ("12345678901234567890.12", "12345678901234567890.12"),
            ("-0.05", "-0.05"),
            ("0", "0"),
            ("0e400", "0"),
            (
                "1234567890123456789012345678",
                "1234567890123456789012345678",
            ),
            ("\"12.50\"", "12.50"),
            ("\"-3\"", "-3"),
            ("\"007.50\"", "7.50"),
            (
                "\"0.0000000000000000000000000001\"",
                "0.0000000000000000000000000001",
            ),
        ];
        for (json, expected) in cases {
            assert_eq!(parsed(json).unwrap().to_string(), expected, "{json}");
        }
    }

    #[test]
    fn what_is_no_figure_is_refused_with_what_would_be_right() {
        let cases = [
            (
                "\"12,50\"",
                "\"12,50\" is not a decimal number with a point; 12.50 is probably meant.",
            ),
            (
                "\"1 234,50 €\"",
                "\"1 234,50 €\" is not a decimal number with a point; 1234.50 is probably meant.",
            ),
            (
                "\"NaN\"",
                "\"NaN\" is not a decimal number with a point, such as 12.50.",
            ),
            (
                "\"Infinity\"",
                "\"Infinity\" is not a decimal number with a point, such as 12.50.",
            ),
            (
                "\"\"",
                "\"\" is not a decimal number with a point, such as 12.50.",
            ),
            (
                "\"1.2.3\"",
                "\"1.2.3\" is not a decimal number with a point, such as 12.50.",
            ),
            (
                "\".5\"",
                "\".5\" is not a decimal number with a point, such as 12.50.",
            ),
            ("true", "a decimal number is needed, found true."),
            ("[1]", "a decimal number is needed, found […]."),
        ];
        for (json, sentence) in cases {
            let error = parsed(json).unwrap_err();
            assert_eq!(error.sentence(Language::English), sentence, "{json}");
        }
    }

    #[test]
    fn more_digits_than_sense_are_refused() {
        let long = format!("1{}", "0".repeat(100_000));
        let cases = [
            "12345678901234567890123456789",
            "0.12345678901234567890123456789",
            "1e28",
            "1e999999999999",
            "1e-29",
            long.as_str(),
        ];
        for json in cases {
            assert_eq!(
                parsed(json).unwrap_err().code,
                MAIL_E_TOO_LARGE,
                "{json:.40}"
            );
        }
    }
}
