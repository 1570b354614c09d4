//! Bar codes (`GS k`) and QR codes (`GS ( k`): from their bytes to what a scanner reads.

use super::commands::{Done, Printer, need};
use crate::error::Result;
use crate::receipt::printed::{Code, Symbology};
use crate::single_byte::WINDOWS_1252;

/// Longest data of a bar code: `GS k` counts them in one byte.
const MAX_BAR_CODE_BYTES: usize = 255;

/// Most a QR code can hold, digits only.
const MAX_QR_BYTES: usize = 7_089;

/// What `GS k` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct BarCode {
    /// None for a kind that we cannot draw; what it says is shown as text.
    symbology: Option<Symbology>,
    payload: String,
}

impl Printer<'_> {
    pub(super) fn bar_code(&mut self) -> Done {
        let kind = need!(self.stream.byte());
        let bytes = if kind < 65 {
            match self.stream.until(0, MAX_BAR_CODE_BYTES + 1) {
                Some(bytes) => bytes,
                None => {
                    // Without its end, all that follows could belong to it: it is taken for text.
                    self.skipped += 1;
                    return Ok(Some(()));
                }
            }
        } else {
            let length = usize::from(need!(self.stream.byte()));
            need!(self.stream.take(length))
        };
        match bar_code(kind, bytes) {
            Some(code) => self.place_code(code.symbology, code.payload, self.shows_text)?,
            None => self.skipped += 1,
        }
        Ok(Some(()))
    }

    /// Places a code; one that we cannot draw is at least written.
    fn place_code(
        &mut self,
        symbology: Option<Symbology>,
        payload: String,
        shows_text: bool,
    ) -> Result<()> {
        let payload: String = payload.chars().filter(|sign| !sign.is_control()).collect();
        if let Some(symbology) = symbology.filter(|_| !payload.is_empty()) {
            return self.paper.place_code(Code {
                symbology,
                payload,
                shows_text,
            });
        }
        self.skipped += 1;
        self.paper.finish_line()?;
        for sign in payload.chars() {
            self.paper.put(sign)?;
        }
        self.paper.finish_line()?;
        Ok(())
    }

    /// `GS ( k`: QR codes (49); of the other kinds only what they say can be shown.
    pub(super) fn two_dimensional(&mut self, kind: u8, number: u8, rest: &[u8]) -> Result<()> {
        match (number, rest) {
            (80, [_, bytes @ ..]) => self.stored = Some((kind, bytes.to_vec())),
            (81, _) => {
                let of_kind = self.stored.as_ref().filter(|(stored, _)| *stored == kind);
                let payload = of_kind.and_then(|(_, bytes)| qr(bytes));
                let symbology = (kind == 49).then_some(Symbology::Qr);
                self.place_code(symbology, payload.unwrap_or_default(), false)?;
            }
            _ => {}
        }
        Ok(())
    }
}

/// Reads the kind and the bytes of `GS k`, both of its forms; none for an unknown kind.
fn bar_code(kind: u8, bytes: &[u8]) -> Option<BarCode> {
    // The form with a length counts from 65; the older one, with a NUL at the end, from 0.
    let kind = if kind < 65 { kind + 65 } else { kind };
    let (symbology, payload) = match kind {
        65 => (Some(Symbology::UpcA), checked(bytes, 11)),
        66 => (Some(Symbology::UpcA), upc_a_of_upc_e(bytes)),
        67 => (Some(Symbology::Ean13), checked(bytes, 12)),
        68 => (Some(Symbology::Ean8), checked(bytes, 7)),
        69 => {
            let payload = plain(bytes);
            let inner = payload.strip_prefix('*').and_then(|p| p.strip_suffix('*'));
            let payload = inner.map_or(payload.clone(), str::to_owned);
            (Some(Symbology::Code39), payload)
        }
        70 => (Some(Symbology::Itf), plain(bytes)),
        71 => (Some(Symbology::Codabar), plain(bytes)),
        // GS1-128: brackets are written below the bars only.
        74 => {
            let bytes: Vec<u8> = bytes
                .iter()
                .copied()
                .filter(|b| !b"()".contains(b))
                .collect();
            (Some(Symbology::Code128), code_128(&bytes))
        }
        73 | 79 => (Some(Symbology::Code128), code_128(bytes)),
        // Code 93 and GS1 DataBar.
        72 | 75..=78 => (None, plain(bytes)),
        _ => return None,
    };
    Some(BarCode { symbology, payload })
}

/// Reads what is stored for a two-dimensional code.
fn qr(bytes: &[u8]) -> Option<String> {
    if bytes.len() > MAX_QR_BYTES {
        return None;
    }
    Some(match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => WINDOWS_1252.decode(bytes),
    })
}

fn plain(bytes: &[u8]) -> String {
    let readable = bytes.iter().filter(|byte| (0x20..0x7f).contains(*byte));
    readable.map(|byte| char::from(*byte)).collect()
}

/// Adds the check digit that the printer would add to so many digits.
fn checked(bytes: &[u8], digits: usize) -> String {
    let mut payload = plain(bytes);
    if payload.len() == digits && payload.bytes().all(|byte| byte.is_ascii_digit()) {
        let weighted = payload.bytes().rev().enumerate();
        let sum: u32 = weighted
            .map(|(place, digit)| u32::from(digit - b'0') * if place % 2 == 0 { 3 } else { 1 })
            .sum();
        payload.extend(char::from_digit((10 - sum % 10) % 10, 10));
    }
    payload
}

/// UPC-E is UPC-A with its zeros left out; a scanner says UPC-A. (GS1 General Specifications, 5.2.2.4)
fn upc_a_of_upc_e(bytes: &[u8]) -> String {
    let given = plain(bytes);
    let six = match given.len() {
        6 => given.as_str(),
        // With the 0 in front, perhaps with its check digit.
        7 | 8 => given.get(1..7).unwrap_or_default(),
        _ => return checked(bytes, 11),
    };
    let digits: Vec<char> = six.chars().filter(char::is_ascii_digit).collect();
    let &[a, b, c, d, e, last] = digits.as_slice() else {
        return given;
    };
    let eleven = match last {
        '0'..='2' => format!("0{a}{b}{last}0000{c}{d}{e}"),
        '3' => format!("0{a}{b}{c}00000{d}{e}"),
        '4' => format!("0{a}{b}{c}{d}00000{e}"),
        _ => format!("0{a}{b}{c}{d}{e}0000{last}"),
    };
    checked(eleven.as_bytes(), 11)
}

/// Reads data of Code 128: `{A`, `{B` and `{C` choose its three sets, `{{` is a brace.
fn code_128(bytes: &[u8]) -> String {
    let mut payload = String::new();
    let mut pairs = false;
    let mut rest = bytes;
    loop {
        match rest {
            [b'{', b'A' | b'B', after @ ..] => (pairs, rest) = (false, after),
            [b'{', b'C', after @ ..] => (pairs, rest) = (true, after),
            [b'{', b'{', after @ ..] => {
                payload.push('{');
                rest = after;
            }
            // Shift, and the functions: a scanner types nothing for them.
            [b'{', b'S' | b'1'..=b'4', after @ ..] => rest = after,
            [pair @ 0..=99, after @ ..] if pairs => {
                payload.push_str(&format!("{pair:02}"));
                rest = after;
            }
            [byte, after @ ..] => {
                if (0x20..0x7f).contains(byte) {
                    payload.push(char::from(*byte));
                }
                rest = after;
            }
            [] => return payload,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_are_what_a_scanner_reads() {
        let cases: &[(u8, &[u8], Option<Symbology>, &str)] = &[
            (0, b"03600029145", Some(Symbology::UpcA), "036000291452"),
            (65, b"036000291452", Some(Symbology::UpcA), "036000291452"),
            (1, b"425261", Some(Symbology::UpcA), "042100005264"),
            (66, b"04252614", Some(Symbology::UpcA), "042100005264"),
            (66, b"0123453", Some(Symbology::UpcA), "012300000451"),
            (2, b"376012345001", Some(Symbology::Ean13), "3760123450010"),
            (
                67,
                b"4006381333931",
                Some(Symbology::Ean13),
                "4006381333931",
            ),
            (3, b"9638507", Some(Symbology::Ean8), "96385074"),
            (4, b"*T-42*", Some(Symbology::Code39), "T-42"),
            (69, b"T 42", Some(Symbology::Code39), "T 42"),
            (5, b"1234", Some(Symbology::Itf), "1234"),
            (6, b"A40156B", Some(Symbology::Codabar), "A40156B"),
            (73, b"{BTicket {{1}", Some(Symbology::Code128), "Ticket {1}"),
            (
                73,
                b"{AT{C\x0c\x22\x07{B-x",
                Some(Symbology::Code128),
                "T123407-x",
            ),
            (73, b"{B{1no{", Some(Symbology::Code128), "no{"),
            (74, b"(01)0376{C", Some(Symbology::Code128), "010376"),
            (79, b"auto", Some(Symbology::Code128), "auto"),
            (72, b"CODE93", None, "CODE93"),
        ];
        for (kind, bytes, symbology, payload) in cases {
            let read = bar_code(*kind, bytes).unwrap();
            assert_eq!(
                (read.symbology, read.payload.as_str()),
                (*symbology, *payload),
                "{kind} {bytes:?}"
            );
        }
        assert_eq!(bar_code(99, b"1"), None);
        assert_eq!(bar_code(255, b"1"), None);
    }

    #[test]
    fn a_qr_code_is_utf8_or_what_windows_would_write() {
        assert_eq!(qr("café €".as_bytes()).unwrap(), "café €");
        assert_eq!(qr(b"caf\xe9").unwrap(), "café");
        assert_eq!(qr(&[b'1'; 7_090]), None);
    }
}
