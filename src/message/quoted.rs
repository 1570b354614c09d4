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
    let mut writer = Writer {
        // Room for an accent in every other word.
        bytes: Vec::with_capacity(text.len() + text.len() / 4),
        on_line: 0,
        last: 0,
        others: 0,
    };
    for (index, line) in text.split("\r\n").enumerate() {
        if index > 0 {
            writer.bytes.extend_from_slice(b"\r\n");
            writer.on_line = 0;
            writer.others += 2;
        }
        writer.line(line.as_bytes());
    }
    (writer.others <= text.len() / 3).then_some(writer.bytes)
}

fn has_long_line(text: &str) -> bool {
    let mut last = 0;
    let mut breaks = text.match_indices('\n').map(|(at, _)| at);
    breaks.any(|at| at - std::mem::replace(&mut last, at) >= LINE) || text.len() - last >= LINE
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~')
}

struct Writer {
    bytes: Vec<u8>,
    /// Characters of the line so far.
    on_line: usize,
    /// Where the last character, or the last three that stand for one, began.
    last: usize,
    /// Bytes that are not printable: those of accents, of other languages, and line breaks.
    others: usize,
}

impl Writer {
    fn line(&mut self, line: &[u8]) {
        // What a mail server might take away at the end of a line is written as three characters.
        let (line, end) = match line.split_last() {
            Some((end @ (b' ' | b'\t'), before)) => (before, Some(*end)),
            _ => (line, None),
        };
        let changes = |byte: &u8| !is_printable(*byte) || *byte == b'=';
        let mut rest = line;
        while !rest.is_empty() {
            let run = rest.iter().position(changes).unwrap_or(rest.len());
            let (letters, after) = rest.split_at_checked(run).unwrap_or((rest, &[]));
            self.letters(letters);
            rest = match after.split_first() {
                Some((byte, after)) => {
                    self.others += usize::from(!is_printable(*byte));
                    self.three(*byte);
                    after
                }
                None => after,
            };
        }
        if let Some(end) = end {
            self.three(end);
        }
    }

    fn letters(&mut self, mut letters: &[u8]) {
        loop {
            let room = LINE.saturating_sub(self.on_line).min(letters.len());
            let (now, rest) = letters.split_at_checked(room).unwrap_or((letters, &[]));
            self.bytes.extend_from_slice(now);
            self.on_line += now.len();
            if !now.is_empty() {
                self.last = self.bytes.len().saturating_sub(1);
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
            self.bytes.extend_from_slice(b"=\r\n");
            self.on_line = 0;
        }
        self.last = self.bytes.len();
        self.bytes
            .extend_from_slice(&[b'=', digit(byte >> 4), digit(byte)]);
        self.on_line += 3;
    }

    /// A full line has no room for the `=` of its soft break: what was written last moves on.
    fn break_before_last(&mut self) {
        self.on_line = self.bytes.len() - self.last;
        let at = self.last;
        self.bytes.splice(at..at, *b"=\r\n");
        self.last += 3;
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
}
