//! Code 128: all of ASCII, in the shortest of its sets A, B and C.
//!
//! A payload that begins with the separator GS (U+001D) is GS1-128: each GS in it is FNC1.

use crate::text::{self, Text};

/// ISO/IEC 15417: bars of the symbols 0 to 105, eleven modules each, the first one in the highest bit.
#[rustfmt::skip]
const SYMBOLS: [u16; 106] = [
    0x6CC, 0x66C, 0x666, 0x498, 0x48C, 0x44C, 0x4C8, 0x4C4, 0x464, 0x648, 0x644, 0x624, 0x59C, 0x4DC, 0x4CE, 0x5CC,
    0x4EC, 0x4E6, 0x672, 0x65C, 0x64E, 0x6E4, 0x674, 0x76E, 0x74C, 0x72C, 0x726, 0x764, 0x734, 0x732, 0x6D8, 0x6C6,
    0x636, 0x518, 0x458, 0x446, 0x588, 0x468, 0x462, 0x688, 0x628, 0x622, 0x5B8, 0x58E, 0x46E, 0x5D8, 0x5C6, 0x476,
    0x776, 0x68E, 0x62E, 0x6E8, 0x6E2, 0x6EE, 0x758, 0x746, 0x716, 0x768, 0x762, 0x71A, 0x77A, 0x642, 0x78A, 0x530,
    0x50C, 0x4B0, 0x486, 0x42C, 0x426, 0x590, 0x584, 0x4D0, 0x4C2, 0x434, 0x432, 0x612, 0x650, 0x7BA, 0x614, 0x47A,
    0x53C, 0x4BC, 0x49E, 0x5E4, 0x4F4, 0x4F2, 0x7A4, 0x794, 0x792, 0x6DE, 0x6F6, 0x7B6, 0x578, 0x51E, 0x45E, 0x5E8,
    0x5E2, 0x7A8, 0x7A2, 0x5DE, 0x5EE, 0x75E, 0x7AE, 0x684, 0x690, 0x69C,
];
/// The stop symbol with its last bar.
const STOP: (u16, u32) = (0x18EB, 13);
const SHIFT: u8 = 98;
const FNC1: u8 = 102;
const GS: u8 = 0x1D;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Set {
    A,
    B,
    C,
}

const SETS: [Set; 3] = [Set::A, Set::B, Set::C];

impl Set {
    fn start(self) -> u8 {
        match self {
            Set::A => 103,
            Set::B => 104,
            Set::C => 105,
        }
    }

    /// The symbol that changes to this set; it is the same from both others.
    fn latch(self) -> u8 {
        match self {
            Set::A => 101,
            Set::B => 100,
            Set::C => 99,
        }
    }

    /// The symbol for what comes next in this set, and how many characters it takes.
    fn symbol(self, rest: &[u8], gs1: bool) -> Option<(u8, usize)> {
        let first = *rest.first()?;
        if gs1 && first == GS {
            return Some((FNC1, 1));
        }
        match (self, first) {
            (Set::A, 32..=95) | (Set::B, 32..=127) => Some((first - 32, 1)),
            (Set::A, 0..=31) => Some((first + 64, 1)),
            (Set::C, b'0'..=b'9') => match rest.get(1) {
                Some(second @ b'0'..=b'9') => Some(((first - b'0') * 10 + second - b'0', 2)),
                _ => None,
            },
            _ => None,
        }
    }

    /// The set that SHIFT lends for one character.
    fn lent(self) -> Option<Set> {
        match self {
            Set::A => Some(Set::B),
            Set::B => Some(Set::A),
            Set::C => None,
        }
    }
}

/// Gives the bars of a payload.
pub(super) fn bars(payload: &str) -> Result<Vec<bool>, Text> {
    if let Some(other) = payload.chars().find(|character| !character.is_ascii()) {
        return Err(text::code_character(other, "ASCII"));
    }
    let symbols = symbols(payload.as_bytes());
    let sum: usize = symbols
        .iter()
        .enumerate()
        .map(|(place, symbol)| place.max(1) * usize::from(*symbol))
        .sum();
    let check = SYMBOLS.get(sum % 103).copied().unwrap_or_default();
    let shapes = symbols
        .iter()
        .filter_map(|symbol| SYMBOLS.get(usize::from(*symbol)).copied())
        .chain([check])
        .map(|shape| (shape, 11))
        .chain([STOP]);
    Ok(shapes
        .flat_map(|(shape, length)| (0..length).rev().map(move |bit| shape >> bit & 1 == 1))
        .collect())
}

/// The fewest symbols that say the payload; worked out from its end.
fn symbols(payload: &[u8]) -> Vec<u8> {
    let gs1 = payload.first() == Some(&GS);
    // best[place][set]: symbols for what follows, written backwards.
    let mut best: Vec<[Vec<u8>; 3]> = vec![Default::default(); payload.len() + 1];
    for place in (0..payload.len()).rev() {
        let rest = payload.get(place..).unwrap_or_default();
        let staying = SETS.map(|set| without_latch(set, rest, gs1, place, &best));
        let row = SETS.map(|set| {
            let ways = SETS.iter().zip(&staying).filter_map(|(start, way)| {
                let mut way = way.clone()?;
                if *start != set {
                    way.push(start.latch());
                }
                Some(way)
            });
            ways.min_by_key(Vec::len).unwrap_or_default()
        });
        if let Some(slot) = best.get_mut(place) {
            *slot = row;
        }
    }
    let starts = SETS.iter().zip(best.first().into_iter().flatten());
    let shortest = starts.min_by_key(|(_, way)| way.len());
    let Some((set, way)) = shortest else {
        return Vec::new();
    };
    std::iter::once(set.start())
        .chain(way.iter().rev().copied())
        .collect()
}

/// The fewest symbols where the next one stands in this set, or is lent by SHIFT.
fn without_latch(
    set: Set,
    rest: &[u8],
    gs1: bool,
    place: usize,
    best: &[[Vec<u8>; 3]],
) -> Option<Vec<u8>> {
    let after = |taken: usize| {
        let index = SETS.iter().position(|one| *one == set)?;
        best.get(place + taken)?.get(index).cloned()
    };
    let plain = set.symbol(rest, gs1).and_then(|(symbol, taken)| {
        let mut way = after(taken)?;
        way.push(symbol);
        Some(way)
    });
    plain.or_else(|| {
        let (symbol, taken) = set.lent()?.symbol(rest, gs1)?;
        let mut way = after(taken)?;
        way.extend([symbol, SHIFT]);
        Some(way)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_sets_are_found() {
        let cases: [(&str, &[u8]); 7] = [
            ("1234", &[105, 12, 34]),
            ("A1", &[103, 33, 17]),
            ("ab", &[104, 65, 66]),
            ("12345a", &[105, 12, 34, 100, 21, 65]),
            ("ab\ncd", &[104, 65, 66, 98, 74, 67, 68]),
            ("\n\na", &[103, 74, 74, 98, 65]),
            ("\u{1d}0112", &[105, 102, 1, 12]),
        ];
        for (payload, expected) in cases {
            assert_eq!(symbols(payload.as_bytes()), expected, "{payload:?}");
        }
        assert_eq!(
            symbols(b"x123456y").len(),
            "x 99 12 34 56 100 y".split(' ').count() + 1
        );
    }
}
