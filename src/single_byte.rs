//! Character sets of one byte a sign: those that a mail may be written in, and those of printers.
//!
//! Only tables of the sets that we use: encoding_rs knows every set of the Web, and its tables for Chinese, Japanese and
//! Korean cost 170 KB of the library.

/// The signs of the upper bytes, up to 0xFF: 128 of them, or 96 where 0x80 to 0x9F are control characters.
/// U+FFFD stands where the set has none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SingleByte(pub(crate) &'static str);

impl SingleByte {
    /// Gives what a byte stands for; none where the set has nothing there.
    pub(crate) fn character(self, byte: u8) -> Option<char> {
        if byte.is_ascii() {
            return Some(char::from(byte));
        }
        match usize::from(byte).checked_sub(self.first_upper()) {
            Some(place) => self.0.chars().nth(place).filter(|sign| *sign != '\u{fffd}'),
            None => Some(char::from(byte)),
        }
    }

    /// Gives the byte of a character; none where the set lacks it.
    pub(crate) fn byte(self, character: char) -> Option<u8> {
        if character.is_ascii() {
            return u8::try_from(character).ok();
        }
        let first = self.first_upper();
        if u32::from(character) < u32::try_from(first).ok()? {
            return u8::try_from(character).ok();
        }
        let mut signs = self.0.chars().filter(|_| character != '\u{fffd}');
        let place = signs.position(|sign| sign == character)?;
        u8::try_from(first + place).ok()
    }

    /// Reads bytes; U+FFFD stands for those that the set lacks.
    pub(crate) fn decode(self, bytes: &[u8]) -> String {
        let signs = bytes.iter().map(|byte| self.character(*byte));
        signs.map(|sign| sign.unwrap_or('\u{fffd}')).collect()
    }

    /// Writes a text; what the set lacks becomes a character reference of HTML.
    pub(crate) fn encode(self, text: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(text.len());
        for character in text.chars() {
            match self.byte(character) {
                Some(byte) => bytes.push(byte),
                None => bytes.extend(format!("&#{};", u32::from(character)).into_bytes()),
            }
        }
        bytes
    }

    fn first_upper(self) -> usize {
        256_usize.saturating_sub(self.0.chars().count())
    }
}

/// Windows code page 1252, with the Web's controls where Windows has nothing.
pub(crate) const WINDOWS_1252: SingleByte = SingleByte(
    "\
    €\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ\
    \u{a0}¡¢£¤¥¦§¨©ª«¬\u{ad}®¯°±²³´µ¶·¸¹º»¼½¾¿\
    ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞß\
    àáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ",
);

/// ISO 8859-15.
pub(crate) const ISO_8859_15: SingleByte = SingleByte(
    "\
    \u{a0}¡¢£€¥Š§š©ª«¬\u{ad}®¯°±²³Žµ¶·ž¹º»ŒœŸ¿\
    ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞß\
    àáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for (set, lacks) in [(WINDOWS_1252, "Ā\u{fffd}あ"), (ISO_8859_15, "¤\u{fffd}あ")] {
            for byte in 0..=u8::MAX {
                let sign = set.character(byte).unwrap();
                assert_eq!(set.byte(sign), Some(byte), "{sign:?}");
            }
            for sign in lacks.chars() {
                assert_eq!(set.byte(sign), None, "{sign:?}");
            }
        }
    }

    #[test]
    fn known_bytes_stand_for_known_signs() {
        assert_eq!(
            WINDOWS_1252.encode("Prix : 12 € – œuf"),
            b"Prix : 12 \x80 \x96 \x9cuf"
        );
        assert_eq!(
            ISO_8859_15.encode("Prix : 12 € – œuf"),
            b"Prix : 12 \xa4 &#8211; \xbduf"
        );
        assert_eq!(WINDOWS_1252.decode(b"\x80 \xe9\x81"), "€ é\u{81}");
        assert_eq!(ISO_8859_15.decode(b"\xa4 \xe9\x80"), "€ é\u{80}");
        assert_eq!(SingleByte("é\u{fffd}").decode(b"\xfe\xff"), "é\u{fffd}");
    }
}
