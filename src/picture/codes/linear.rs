//! The older bar codes: EAN-13, EAN-8, UPC-A, Code 39, Interleaved 2 of 5, Codabar.

use crate::receipt::printed::Symbology;
use crate::text::{self, Text};

/// A narrow bar or space is one module wide, a wide one so many.
const WIDE: usize = 3;

/// GS1: bars of the digits 0 to 9 in set A, the first module in the highest of seven bits.
const EAN_A: [u8; 10] = [0x0D, 0x19, 0x13, 0x3D, 0x23, 0x31, 0x2F, 0x3B, 0x37, 0x0B];
/// Which of the six left digits of an EAN-13 stand in set B: that tells its first digit.
const EAN_FIRST: [u8; 10] = [0x00, 0x0B, 0x0D, 0x0E, 0x13, 0x19, 0x1C, 0x15, 0x16, 0x1A];

/// ISO/IEC 16388: nine bars and spaces each; 1 is wide.
const CODE_39: &[(u8, u16)] = &[
    (b'0', 0x034),
    (b'1', 0x121),
    (b'2', 0x061),
    (b'3', 0x160),
    (b'4', 0x031),
    (b'5', 0x130),
    (b'6', 0x070),
    (b'7', 0x025),
    (b'8', 0x124),
    (b'9', 0x064),
    (b'A', 0x109),
    (b'B', 0x049),
    (b'C', 0x148),
    (b'D', 0x019),
    (b'E', 0x118),
    (b'F', 0x058),
    (b'G', 0x00D),
    (b'H', 0x10C),
    (b'I', 0x04C),
    (b'J', 0x01C),
    (b'K', 0x103),
    (b'L', 0x043),
    (b'M', 0x142),
    (b'N', 0x013),
    (b'O', 0x112),
    (b'P', 0x052),
    (b'Q', 0x007),
    (b'R', 0x106),
    (b'S', 0x046),
    (b'T', 0x016),
    (b'U', 0x181),
    (b'V', 0x0C1),
    (b'W', 0x1C0),
    (b'X', 0x091),
    (b'Y', 0x190),
    (b'Z', 0x0D0),
    (b'-', 0x085),
    (b'.', 0x184),
    (b' ', 0x0C4),
    (b'$', 0x0A8),
    (b'/', 0x0A2),
    (b'+', 0x08A),
    (b'%', 0x02A),
    (b'*', 0x094),
];

/// ISO/IEC 16390: five bars or five spaces of each digit; 1 is wide.
const ITF: [u8; 10] = [0x06, 0x11, 0x09, 0x18, 0x05, 0x14, 0x0C, 0x03, 0x12, 0x0A];

/// EN 798: seven bars and spaces each; 1 is wide.
const CODABAR: &[(u8, u16)] = &[
    (b'0', 0x03),
    (b'1', 0x06),
    (b'2', 0x09),
    (b'3', 0x60),
    (b'4', 0x12),
    (b'5', 0x42),
    (b'6', 0x21),
    (b'7', 0x24),
    (b'8', 0x30),
    (b'9', 0x48),
    (b'-', 0x0C),
    (b'$', 0x18),
    (b':', 0x45),
    (b'/', 0x51),
    (b'.', 0x54),
    (b'+', 0x15),
    (b'A', 0x1A),
    (b'B', 0x29),
    (b'C', 0x0B),
    (b'D', 0x0E),
];

/// Gives the bars of a payload, and how many modules of white belong on both sides.
pub(super) fn bars(symbology: Symbology, payload: &str) -> Result<(Vec<bool>, usize), Text> {
    match symbology {
        Symbology::Ean13 => Ok((ean13(&with_check(payload, 12)?), 11)),
        Symbology::UpcA => {
            let digits = with_check(payload, 11)?;
            Ok((ean13(&[&[0], digits.as_slice()].concat()), 11))
        }
        Symbology::Ean8 => Ok((ean8(&with_check(payload, 7)?), 7)),
        Symbology::Itf => Ok((itf(&pairs(payload)?), 10)),
        Symbology::Codabar => Ok((codabar(payload)?, 10)),
        _ => Ok((code39(payload)?, 10)),
    }
}

fn digits(payload: &str) -> Result<Vec<u8>, Text> {
    let digit = |character: char| {
        let digit = character.to_digit(10).and_then(|d| u8::try_from(d).ok());
        digit.ok_or_else(|| text::code_character(character, "0-9"))
    };
    payload.chars().map(digit).collect()
}

/// Digits of an article number with the check digit, which is added where it is missing and compared where it is not.
fn with_check(payload: &str, length: usize) -> Result<Vec<u8>, Text> {
    let mut digits = digits(payload)?;
    let body = digits
        .get(..length)
        .ok_or_else(|| text::code_digits(length))?;
    let sum: u32 = body
        .iter()
        .rev()
        .zip([3, 1].into_iter().cycle())
        .map(|(digit, weight)| u32::from(*digit) * weight)
        .sum();
    let check = u8::try_from((10 - sum % 10) % 10).unwrap_or_default();
    match digits.get(length..) {
        Some([]) => digits.push(check),
        Some([given]) if *given == check => {}
        Some([given]) => return Err(text::code_check_digit(*given, check)),
        _ => return Err(text::code_digits(length)),
    }
    Ok(digits)
}

#[derive(Clone, Copy)]
enum Side {
    A,
    B,
    Right,
}

fn ean_digit(digit: u8, side: Side) -> impl Iterator<Item = bool> {
    let a = EAN_A.get(usize::from(digit)).copied().unwrap_or_default();
    let shape = match side {
        Side::A => a,
        // Set B is the right side read backwards; seven of the eight bits count.
        Side::B => (!a & 0x7F).reverse_bits() >> 1,
        Side::Right => !a & 0x7F,
    };
    (0..7).rev().map(move |bit| shape >> bit & 1 == 1)
}

fn ean(left: impl Iterator<Item = (u8, Side)>, right: &[u8]) -> Vec<bool> {
    let guard = || [true, false, true];
    guard()
        .into_iter()
        .chain(left.flat_map(|(digit, side)| ean_digit(digit, side)))
        .chain([false, true, false, true, false])
        .chain(
            right
                .iter()
                .flat_map(|digit| ean_digit(*digit, Side::Right)),
        )
        .chain(guard())
        .collect()
}

fn ean13(digits: &[u8]) -> Vec<bool> {
    let Some((first, rest)) = digits.split_first() else {
        return Vec::new();
    };
    let (left, right) = rest.split_at_checked(6).unwrap_or_default();
    let sets = EAN_FIRST
        .get(usize::from(*first))
        .copied()
        .unwrap_or_default();
    let side = |place: u8| match sets >> (5 - place) & 1 {
        1 => Side::B,
        _ => Side::A,
    };
    ean(
        (0..6).zip(left).map(|(place, digit)| (*digit, side(place))),
        right,
    )
}

fn ean8(digits: &[u8]) -> Vec<bool> {
    let (left, right) = digits.split_at_checked(4).unwrap_or_default();
    ean(left.iter().map(|digit| (*digit, Side::A)), right)
}

/// Adds bars and spaces in turn, beginning with a bar; the first stands in the highest of so many bits.
fn stretch(shape: u16, elements: u32, bars: &mut Vec<bool>) {
    for (place, dark) in (0..elements).rev().zip([true, false].into_iter().cycle()) {
        let width = if shape >> place & 1 == 1 { WIDE } else { 1 };
        bars.extend(std::iter::repeat_n(dark, width));
    }
}

fn from_table(
    payload: &str,
    table: &[(u8, u16)],
    elements: u32,
    signs: &str,
) -> Result<Vec<bool>, Text> {
    let mut bars = Vec::new();
    for character in payload.chars() {
        let found = table
            .iter()
            .find(|(known, _)| char::from(*known) == character);
        let (_, shape) = found.ok_or_else(|| text::code_character(character, signs))?;
        stretch(*shape, elements, &mut bars);
        bars.push(false);
    }
    bars.pop();
    Ok(bars)
}

/// Start and stop are added; a payload that brings them keeps them.
fn code39(payload: &str) -> Result<Vec<bool>, Text> {
    let signs = "A-Z 0-9 - . $ / + %";
    let bare = payload
        .strip_prefix('*')
        .and_then(|bare| bare.strip_suffix('*'))
        .unwrap_or(payload);
    if bare.is_empty() {
        return Err(text::empty());
    }
    if bare.contains('*') {
        return Err(text::code_character('*', signs));
    }
    from_table(&format!("*{bare}*"), CODE_39, 9, signs)
}

/// EN 798: a Codabar begins and ends with one of the letters A to D, which belong to it.
fn codabar(payload: &str) -> Result<Vec<bool>, Text> {
    let signs = "0-9 - $ : / . +";
    let payload = payload.to_ascii_uppercase();
    let inner = payload
        .strip_prefix(['A', 'B', 'C', 'D'])
        .and_then(|inner| inner.strip_suffix(['A', 'B', 'C', 'D']))
        .ok_or_else(text::codabar_ends)?;
    if let Some(letter) = inner.chars().find(char::is_ascii_alphabetic) {
        return Err(text::code_character(letter, signs));
    }
    from_table(&payload, CODABAR, 7, signs)
}

fn pairs(payload: &str) -> Result<Vec<u8>, Text> {
    let digits = digits(payload)?;
    match digits.len() % 2 {
        0 => Ok(digits),
        _ => Err(text::even_digits(digits.len())),
    }
}

/// One digit in the bars, the next one in the spaces between them.
fn itf(digits: &[u8]) -> Vec<bool> {
    let shape = |digit: u8| ITF.get(usize::from(digit)).copied().unwrap_or_default();
    let width = |shape: u8, place: u8| if shape >> place & 1 == 1 { WIDE } else { 1 };
    let mut bars = vec![true, false, true, false];
    for pair in digits.chunks_exact(2) {
        let [dark, light] = pair else { continue };
        for place in (0..5).rev() {
            bars.extend(std::iter::repeat_n(true, width(shape(*dark), place)));
            bars.extend(std::iter::repeat_n(false, width(shape(*light), place)));
        }
    }
    bars.extend([true, true, true, false, true]);
    bars
}
