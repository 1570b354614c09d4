//! The shop's logos: only what every mail program shows, whole, and not too large.
//!
//! The type is told by the bytes, never by a name. The parts of the file are followed to its end, so that a file
//! that was cut short is refused when it is saved and not seen by customers; pixels are not decoded.

use super::Picture;
use crate::error::{Error, MAIL_E_TOO_LARGE, MAIL_E_VALUE, Result};
use crate::text;

/// Every mail carries its logo: a photo of a megabyte would fill the outbox.
const MAX_BYTES: usize = 200 * 1024;
/// Far more than is shown, and no bomb for a mail program that unpacks it.
const MAX_SIDE: u32 = 2_500;
/// Room of a logo in CSS pixels: the width of a phone with its margins.
pub(crate) const ROOM: (u32, u32) = (300, 120);

/// Starts of files that people take for logos and that mail programs do not show.
const REFUSED: &[(&str, &[u8])] = &[
    ("BMP", b"BM"),
    ("TIFF", b"II*\0"),
    ("TIFF", b"MM\0*"),
    ("ICO", b"\0\0\x01\0"),
    ("PDF", b"%PDF"),
    ("PostScript", b"%!PS"),
    ("Photoshop", b"8BPS"),
];

/// Checks a logo. The error has no field: its caller knows which logo it is.
pub(crate) fn check(bytes: &[u8]) -> Result<Picture> {
    let (content_type, kind, size) = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        ("image/png", "PNG", png_size(bytes))
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        ("image/jpeg", "JPEG", jpeg_size(bytes))
    } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        ("image/gif", "GIF", gif_size(bytes))
    } else {
        return Err(Error::new(MAIL_E_VALUE, refusal(bytes)).hint(text::export_as_png()));
    };
    if bytes.len() > MAX_BYTES {
        let message = text::picture_too_many_bytes(bytes.len(), MAX_BYTES);
        return Err(Error::new(MAIL_E_TOO_LARGE, message));
    }
    let damaged = || Error::new(MAIL_E_VALUE, text::damaged_picture(kind));
    let (width, height) = size
        .filter(|(width, height)| *width > 0 && *height > 0)
        .ok_or_else(damaged)?;
    if width > MAX_SIDE || height > MAX_SIDE {
        let message = text::picture_too_many_pixels(width, height, MAX_SIDE);
        return Err(Error::new(MAIL_E_TOO_LARGE, message));
    }
    Ok(Picture {
        content_type,
        width,
        height,
        bytes: bytes.to_vec().into(),
    })
}

/// Gives width and height at which a logo is shown, in CSS pixels: never larger than it is.
pub(crate) fn shown(logo: &Picture) -> (u32, u32) {
    let (width, height) = (u64::from(logo.width.max(1)), u64::from(logo.height.max(1)));
    let (room_wide, room_high) = (u64::from(ROOM.0), u64::from(ROOM.1));
    if width <= room_wide && height <= room_high {
        return (logo.width, logo.height);
    }
    let part = |whole: u64, by: u64, of: u64| {
        u32::try_from((whole * by + of / 2) / of)
            .unwrap_or(u32::MAX)
            .max(1)
    };
    if width * room_high > height * room_wide {
        (ROOM.0, part(height, room_wide, width))
    } else {
        (part(width, room_high, height), ROOM.1)
    }
}

fn refusal(bytes: &[u8]) -> crate::text::Text {
    let known = REFUSED.iter().find(|(_, start)| bytes.starts_with(start));
    let brand = bytes.get(4..12).unwrap_or_default();
    let start = String::from_utf8_lossy(bytes.get(..512).unwrap_or(bytes)).to_ascii_lowercase();
    if let Some((kind, _)) = known {
        text::logo_of_kind(kind)
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        text::logo_of_kind("WebP")
    } else if brand.starts_with(b"ftypavif") {
        text::logo_of_kind("AVIF")
    } else if brand.starts_with(b"ftyphei") || brand.starts_with(b"ftypmif") {
        text::logo_of_kind("HEIC")
    } else if start.contains("<svg") {
        text::logo_of_kind("SVG")
    } else {
        text::not_a_logo()
    }
}

fn big_16(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..)?.first_chunk::<2>()?;
    Some(u32::from(u16::from_be_bytes(*bytes)))
}

fn big_32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk::<4>()?))
}

fn little_16(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..)?.first_chunk::<2>()?;
    Some(u32::from(u16::from_le_bytes(*bytes)))
}

fn length(value: u32) -> Option<usize> {
    usize::try_from(value).ok()
}

/// Follows the chunks of a PNG (ISO/IEC 15948) to IEND; there must be pixels on the way.
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    if bytes.get(12..16)? != b"IHDR" {
        return None;
    }
    let size = (big_32(bytes, 16)?, big_32(bytes, 20)?);
    let mut at = 8_usize;
    let mut pixels = false;
    loop {
        let end = at
            .checked_add(length(big_32(bytes, at)?)?)?
            .checked_add(12)?;
        let chunk = bytes.get(at..end)?;
        match chunk.get(4..8)? {
            b"IEND" => return pixels.then_some(size),
            b"IDAT" => pixels = true,
            _ => {}
        }
        at = end;
    }
}

/// Follows the segments of a JPEG (ITU T.81) to its scan, which the end marker must close.
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut size = None;
    let mut at = 2_usize;
    loop {
        if *bytes.get(at)? != 0xFF {
            return None;
        }
        match *bytes.get(at + 1)? {
            0xFF => at += 1,
            0x01 | 0xD0..=0xD7 => at += 2,
            0xDA => break,
            0xD8 | 0xD9 => return None,
            marker => {
                // All frame headers but DHT, JPG and DAC, which share the row.
                if (0xC0..=0xCF).contains(&marker) && ![0xC4, 0xC8, 0xCC].contains(&marker) {
                    size = Some((big_16(bytes, at + 7)?, big_16(bytes, at + 5)?));
                }
                let segment = length(big_16(bytes, at + 2)?)?;
                at = at.checked_add(2)?.checked_add(segment.max(2))?;
            }
        }
    }
    let scan = bytes.get(at..)?;
    // Cameras and editors may write a little behind the end.
    let closed = scan.windows(2).rev().any(|pair| pair == [0xFF, 0xD9]);
    size.filter(|_| closed)
}

/// Follows the blocks of a GIF (89a) to its trailer; there must be an image on the way.
fn gif_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let size = (little_16(bytes, 6)?, little_16(bytes, 8)?);
    let mut at = 13 + colour_table(*bytes.get(10)?);
    let mut images = false;
    loop {
        match *bytes.get(at)? {
            0x3B => return images.then_some(size),
            0x21 => at = sub_blocks(bytes, at + 2)?,
            0x2C => {
                images = true;
                let table = colour_table(*bytes.get(at + 9)?);
                at = sub_blocks(bytes, at + 10 + table + 1)?;
            }
            _ => return None,
        }
    }
}

/// Bytes of the colour table that a flag byte announces.
fn colour_table(flags: u8) -> usize {
    match flags & 0x80 {
        0 => 0,
        _ => 3 << ((flags & 7) + 1),
    }
}

fn sub_blocks(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let size = usize::from(*bytes.get(at)?);
        at += size + 1;
        if size == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    /// Made by ImageMagick: 3 × 2 pixels each.
    const JPEG: &[u8] = include_bytes!("../../tests/pictures/3x2.jpg");
    const GIF: &[u8] = include_bytes!("../../tests/pictures/3x2.gif");
    const PNG: &[u8] = include_bytes!("../../tests/pictures/3x2.png");

    #[test]
    fn pictures_are_told_by_their_bytes() {
        for (bytes, content_type) in [(PNG, "image/png"), (JPEG, "image/jpeg"), (GIF, "image/gif")]
        {
            let picture = check(bytes).unwrap();
            assert_eq!(
                (picture.content_type, picture.width, picture.height),
                (content_type, 3, 2)
            );
        }
    }

    #[test]
    fn a_file_cut_anywhere_is_refused() {
        for whole in [PNG, JPEG, GIF] {
            for length in 0..whole.len() {
                assert!(
                    check(&whole[..length]).is_err(),
                    "{length} of {}",
                    whole.len()
                );
            }
        }
    }

    #[test]
    fn other_kinds_are_named_with_what_to_do() {
        let cases: [(&[u8], &str); 7] = [
            (b"<?xml version=\"1.0\"?>\n<svg xmlns=\"x\"/>", "SVG"),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "WebP"),
            (b"BM\x10\0\0\0", "BMP"),
            (b"\0\0\0\x20ftypavif", "AVIF"),
            (b"\0\0\0\x20ftypheic", "HEIC"),
            (b"hello", "neither PNG"),
            (b"", "neither PNG"),
        ];
        for (bytes, expected) in cases {
            let sentence = check(bytes).unwrap_err().sentence(Language::English);
            assert!(sentence.contains(expected), "{sentence}");
            assert!(sentence.contains("as PNG"), "{sentence}");
        }
    }

    #[test]
    fn sizes_have_limits() {
        let mut wide = PNG.to_vec();
        wide[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
        let mut none = PNG.to_vec();
        none[16..20].copy_from_slice(&[0; 4]);
        let heavy = [JPEG, &[0; MAX_BYTES]].concat();
        for (bytes, expected) in [(wide, "60000"), (none, "damaged"), (heavy, "204800")] {
            let sentence = check(&bytes).unwrap_err().sentence(Language::English);
            assert!(sentence.contains(expected), "{sentence}");
        }
    }

    #[test]
    fn a_logo_is_shown_within_its_room_and_never_blown_up() {
        let cases = [
            ((3, 2), (3, 2)),
            ((300, 120), (300, 120)),
            ((600, 240), (300, 120)),
            ((2_000, 100), (300, 15)),
            ((500, 1_000), (60, 120)),
            ((2_500, 1), (300, 1)),
        ];
        for ((width, height), expected) in cases {
            let logo = Picture {
                content_type: "image/png",
                width,
                height,
                bytes: Vec::new().into(),
            };
            assert_eq!(shown(&logo), expected);
        }
    }

    #[test]
    fn random_bytes_behind_a_true_start_harm_nothing() {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        for round in 0..30_000 {
            let whole = [PNG, JPEG, GIF][round % 3];
            let mut bytes = whole.to_vec();
            for _ in 0..=next() % 6 {
                let at = usize::try_from(next()).unwrap_or(0) % bytes.len();
                bytes[at] = u8::try_from(next() & 0xFF).unwrap();
            }
            bytes.truncate(bytes.len() - usize::try_from(next()).unwrap_or(0) % 8);
            if let Ok(picture) = check(&bytes) {
                assert!(picture.width <= MAX_SIDE && picture.height <= MAX_SIDE);
            }
        }
    }
}
