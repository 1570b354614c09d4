//! Quoted-printable (RFC 2045 6.7), for the readable parts of a mail.
//!
//! The crate that lettre uses writes letter by letter, and took a large part of the time in which a receipt becomes a mail;
//! here whole runs of letters are copied. The bytes are the same: the tests compare them.

/// RFC 2045 6.7: encoded lines have at most 76 characters, the `=` of a soft line break among them.
const LINE: usize = 76;

/// Encodes a text whose lines end with CRLF; nothing where it is shorter otherwise: plain ASCII with short lines, or a
/// text most of whose bytes would need three. lettre draws the same lines.
pub(super) fn encoded(text: &str) -> Option<Vec<u8>> {
    if text.is_ascii() && !has_long_line(text) {
        return None;
    }
    let mut writer = Writer::with_room_for(text);
    let mut rest = text.as_bytes();
    loop {
        let (letters, after) = rest.split_at_checked(run(rest)).unwrap_or((rest, &[]));
        let ends = after.is_empty() || after.starts_with(b"\r\n");
        match letters.split_last() {
            // What a mail server might take away at the end of a line is written as three characters.
            Some((end @ (b' ' | b'\t'), before)) if ends => {
                writer.letters(before);
                writer.three(*end);
            }
            _ => writer.letters(letters),
        }
        rest = match after {
            [] => break,
            [b'\r', b'\n', rest @ ..] => {
                writer.line_end();
                rest
            }
            [byte, rest @ ..] => {
                writer.others += usize::from(!is_printable(*byte));
                writer.three(*byte);
                rest
            }
        };
    }
    let (bytes, others) = writer.whole();
    (others <= text.len() / 3).then_some(bytes)
}

fn has_long_line(text: &str) -> bool {
    let mut last = 0;
    let mut breaks = text.match_indices('\n').map(|(at, _)| at);
    breaks.any(|at| at - std::mem::replace(&mut last, at) >= LINE) || text.len() - last >= LINE
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~')
}

/// Counts the bytes in front that are copied as they are. Eight at once: all of a mail comes through here.
fn run(bytes: &[u8]) -> usize {
    const EACH: u64 = u64::MAX / 0xff;
    let mut count = 0;
    for eight in bytes.as_chunks::<8>().0 {
        let eight = u64::from_le_bytes(*eight);
        // Has the top bit in the first byte that is below a space, DEL, `=`, or beyond ASCII.
        let others = eight
            | eight.wrapping_sub(EACH * 0x20)
            | (eight ^ (EACH * 0x7f)).wrapping_sub(EACH)
            | (eight ^ (EACH * 0x3d)).wrapping_sub(EACH);
        let found = others & (EACH * 0x80);
        if found != 0 {
            count += found.trailing_zeros() as usize / 8;
            break;
        }
        count += 8;
    }
    // What is left at the end, and tabs.
    let rest = bytes.get(count..).unwrap_or_default();
    let other = rest.iter().position(|byte| !is_copied(*byte));
    count + other.unwrap_or(rest.len())
}

fn is_copied(byte: u8) -> bool {
    is_printable(byte) && byte != b'='
}

/// Writes into one line, and that one out when it is full: there are ten times more pieces than lines.
struct Writer {
    bytes: Vec<u8>,
    line: [u8; LINE],
    on_line: usize,
    /// Where on the line the last character, or the last three that stand for one, began.
    last: usize,
    /// Bytes that are not printable: those of accents, of other languages, and line breaks.
    others: usize,
}

impl Writer {
    fn with_room_for(text: &str) -> Self {
        Writer {
            // Room for an accent in every other word.
            bytes: Vec::with_capacity(text.len() + text.len() / 4),
            line: [0; LINE],
            on_line: 0,
            last: 0,
            others: 0,
        }
    }

    fn whole(mut self) -> (Vec<u8>, usize) {
        self.write_out(self.on_line, b"");
        (self.bytes, self.others)
    }

    fn letters(&mut self, mut letters: &[u8]) {
        loop {
            let room = LINE.saturating_sub(self.on_line).min(letters.len());
            let (now, rest) = letters.split_at_checked(room).unwrap_or((letters, &[]));
            self.put(now);
            if !now.is_empty() {
                self.last = self.on_line - 1;
            }
            if rest.is_empty() {
                return;
            }
            self.break_before_last();
            letters = rest;
        }
    }

    fn three(&mut self, byte: u8) {
        const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
        let digit = |of: u8| DIGITS.get(usize::from(of & 0xf)).copied().unwrap_or(b'0');
        if self.on_line == LINE {
            self.break_before_last();
        } else if self.on_line + 3 > LINE {
            self.write_out(self.on_line, b"=\r\n");
        }
        self.last = self.on_line;
        self.put(&[b'=', digit(byte >> 4), digit(byte)]);
    }

    fn line_end(&mut self) {
        self.write_out(self.on_line, b"\r\n");
        self.others += 2;
    }

    /// A full line has no room for the `=` of its soft break: what was written last moves on.
    fn break_before_last(&mut self) {
        self.write_out(self.last, b"=\r\n");
    }

    /// Puts a piece on the line, which has room for it.
    fn put(&mut self, piece: &[u8]) {
        let end = self.on_line + piece.len();
        if let Some(room) = self.line.get_mut(self.on_line..end) {
            room.copy_from_slice(piece);
            self.on_line = end;
        }
    }

    /// Writes out the line up to here; what is behind begins the next one.
    fn write_out(&mut self, to: usize, end: &[u8]) {
        let (line, after) = self.line.split_at_checked(to).unwrap_or((&self.line, &[]));
        self.bytes.extend_from_slice(line);
        self.bytes.extend_from_slice(end);
        let moved = self.on_line - to;
        if moved > 0 && moved <= after.len() {
            self.line.copy_within(to..self.on_line, 0);
        }
        self.on_line = moved;
        self.last = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lettre::message::Body;
    use lettre::message::header::ContentTransferEncoding::QuotedPrintable;

    /// Texts of all lengths around the end of a line, with what is special at random places.
    fn texts() -> impl Iterator<Item = String> {
        let pieces = [
            "a",
            "b",
            " ",
            "\t",
            "=",
            "é",
            "€",
            "🧾",
            "\r\n",
            "\r\n\r\n",
            "\u{7f}",
            "abcdefghij",
            "  ",
            "une longue ligne sans le moindre accent ni fin, comme en ont les pages",
        ];
        let mut dice = 1_u64;
        let mut throw = move |sides: usize| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(dice >> 33).unwrap() % sides
        };
        let filled = (60..240).map(|length| "x".repeat(length));
        let mut random = move || -> String {
            (0..throw(120))
                .map(|_| pieces[throw(pieces.len())])
                .collect()
        };
        filled.chain((0..20_000).map(move |_| random()))
    }

    #[test]
    fn it_is_what_lettre_writes_where_lettre_chooses_it() {
        let mut chosen = 0;
        for text in texts() {
            let theirs = Body::new(text.clone());
            let is_chosen = theirs.encoding() == QuotedPrintable;
            let ours = encoded(&text);
            assert_eq!(ours.is_some(), is_chosen, "{text:?}");
            if let Some(ours) = ours {
                chosen += 1;
                let ours = String::from_utf8(ours).unwrap();
                let theirs = String::from_utf8(theirs.into_vec()).unwrap();
                assert_eq!(ours, theirs, "{text:?}");
            }
        }
        assert!(chosen > 1_000, "{chosen} texts were encoded");
    }

    #[test]
    fn a_run_ends_where_a_byte_is_not_copied() {
        for byte in 0..=u8::MAX {
            for at in 0..20 {
                let mut bytes = [b'~'; 24];
                bytes[at] = byte;
                bytes[22] = b'=';
                let end = if is_copied(byte) { 22 } else { at };
                assert_eq!(run(&bytes), end, "{byte} at {at}");
                assert_eq!(run(&bytes[..20]), end.min(20), "{byte} at {at}");
            }
        }
    }
}
