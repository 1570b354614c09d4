//! File names in the headers of a part.
//!
//! A name with accents stands twice: as it is in `filename*` (RFC 2231), which today's programs read, and without
//! its accents in `name`, for those that do not. An encoded word (RFC 2047) in `name` is what some mailers write
//! there; the RFC forbids it, and parsers that are strict report it as a defect.

use icu_normalizer::DecomposingNormalizerBorrowed;
use std::fmt::Write;

/// Longest value of a parameter on one line: the header stays below the 78 characters of RFC 5322.
const PIECE: usize = 56;

/// Longest content type with its parameters that is written as it is.
const LONGEST_TYPE: usize = 120;

/// Signs that are no letter with an accent.
const PLAIN: &[(&str, &str)] = &[
    ("ß", "ss"),
    ("œ", "oe"),
    ("Œ", "OE"),
    ("æ", "ae"),
    ("Æ", "AE"),
    ("ø", "o"),
    ("Ø", "O"),
    ("ł", "l"),
    ("Ł", "L"),
    ("°º", "o"),
    ("–—‑‐", "-"),
    ("’‘", "'"),
    ("\u{a0}\u{202f}\u{2009}", " "),
    ("€", "EUR"),
];

/// Gives Content-Type and Content-Disposition of a part with a file name.
pub(super) fn headers(content_type: &str, disposition: &str, name: &str) -> String {
    // Parameters that would break the header are left out; the type itself is short and plain.
    let content_type = match content_type.is_ascii() && content_type.len() <= LONGEST_TYPE {
        true => content_type,
        false => content_type.split(';').next().unwrap_or(content_type),
    };
    let mut headers = format!("Content-Type: {content_type}");
    if !content_type.to_ascii_lowercase().contains("name=") {
        let plain = quoted(&plain(name));
        let _ = write!(headers, ";\r\n name=\"{plain}\"");
    }
    let _ = write!(headers, "\r\nContent-Disposition: {disposition}");
    if name.is_ascii() && name.len() <= PIECE {
        let _ = write!(headers, ";\r\n filename=\"{}\"", quoted(name));
    } else {
        extended(name, &mut headers);
    }
    headers + "\r\n"
}

/// RFC 2231: percent signs for all but the plainest characters, in pieces where it is long.
fn extended(name: &str, headers: &mut String) {
    let mut pieces = vec![String::new()];
    for byte in name.bytes() {
        let sign = match byte {
            b'-' | b'.' | b'_' => char::from(byte).to_string(),
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        };
        match pieces.last_mut() {
            Some(piece) if piece.len() + sign.len() <= PIECE => piece.push_str(&sign),
            _ => pieces.push(sign),
        }
    }
    let one = pieces.len() == 1;
    for (number, piece) in pieces.iter().enumerate() {
        let _ = match (one, number) {
            (true, _) => write!(headers, ";\r\n filename*=utf-8''{piece}"),
            (false, 0) => write!(headers, ";\r\n filename*0*=utf-8''{piece}"),
            (false, _) => write!(headers, ";\r\n filename*{number}*={piece}"),
        };
    }
}

/// The name in ASCII; its ending stays, where it is cut to one line.
fn plain(name: &str) -> String {
    let apart = DecomposingNormalizerBorrowed::new_nfd().normalize(name);
    let letters = apart
        .chars()
        .filter(|sign| !matches!(sign, '\u{300}'..='\u{36f}'));
    let plain: String = letters.map(plain_sign).collect();
    if plain.len() <= PIECE {
        return plain;
    }
    let (stem, ending) = match plain.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= 8 => (stem, format!(".{ending}")),
        _ => (plain.as_str(), String::new()),
    };
    let stem: String = stem.chars().take(PIECE - ending.len()).collect();
    stem + &ending
}

fn plain_sign(sign: char) -> String {
    if sign == '\u{7f}' || sign.is_control() {
        return "_".to_owned();
    }
    if sign.is_ascii() {
        return sign.to_string();
    }
    let known = PLAIN.iter().find(|(signs, _)| signs.contains(sign));
    known.map_or("_", |(_, plain)| plain).to_owned()
}

fn quoted(name: &str) -> String {
    name.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_accents_stand_twice() {
        assert_eq!(
            headers("application/pdf", "attachment", "Reçu n°12 – été.pdf"),
            "Content-Type: application/pdf;\r\n name=\"Recu no12 - ete.pdf\"\r\n\
             Content-Disposition: attachment;\r\n \
             filename*=utf-8''Re%C3%A7u%20n%C2%B012%20%E2%80%93%20%C3%A9t%C3%A9.pdf\r\n"
        );
        assert_eq!(
            headers("image/png", "inline", "a \"b\"\\c.png"),
            "Content-Type: image/png;\r\n name=\"a \\\"b\\\"\\\\c.png\"\r\n\
             Content-Disposition: inline;\r\n filename=\"a \\\"b\\\"\\\\c.png\"\r\n"
        );
    }

    #[test]
    fn no_name_makes_a_long_line() {
        let odd = headers("text/plain; name=\"é\"", "attachment", "a.txt");
        assert!(
            odd.starts_with("Content-Type: text/plain;\r\n name=\"a.txt\"\r\n"),
            "{odd}"
        );
        for name in [
            "é".repeat(300),
            "x".repeat(900) + ".pdf",
            "\"".repeat(90),
            "💐".repeat(99),
        ] {
            let headers = headers("application/pdf", "attachment", &name);
            for line in headers.split("\r\n") {
                assert!(line.len() <= 130, "{line}");
                assert!(line.is_ascii());
            }
        }
    }
}
