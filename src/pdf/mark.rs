//! Marks a PDF of ours as a copy or a test, after it was made.
//!
//! Each page shows, at its top, the form object number 4, which is empty at first. A mark is an incremental update
//! (ISO 32000-1, 7.5.6): a new version of that object and its cross-reference, behind the bytes that are there and
//! stay as they are. A further mark takes the place of the one before. Other people's PDFs are left alone.

/// Object numbers that a mark relies on.
#[cfg(feature = "pdf")]
pub(super) const FORM: i32 = 4;
pub(super) const BOLD_FONT: i32 = 5;

/// The bold font of each PDF holds these first, in this order: glyph 1 is the first of them.
pub(super) const CHARACTERS: &str = "0123456789 DUPLICATES–sanvleurwitho";
/// Size of a mark in points, and the room it takes below the top of the page.
const SIZE: f64 = 10.0;
pub(super) const ROOM: f32 = 26.0;
/// Width of every glyph in thousandths of its size (DejaVu Sans Mono).
const ADVANCE: f64 = 602.0;

/// Every PDF of ours begins with these bytes, and so does the update of its form.
#[cfg(feature = "pdf")]
pub(super) const NAME: &str = "TillmailMark";
const SIGN: &[u8] = b"/Name /TillmailMark";
/// The form is the first object of a file.
const SIGN_WITHIN: usize = 256;

/// Gives a PDF of ours with a mark; none where the file is somebody else's.
pub(crate) fn marked(pdf: &[u8], mark: &str) -> Option<Vec<u8>> {
    let start = pdf.get(..SIGN_WITHIN.min(pdf.len()))?;
    let is_ours = pdf.starts_with(b"%PDF-") && find_last(start, SIGN).is_some();
    let before = number_behind(pdf, b"startxref\n")?;
    let objects = number_behind(pdf, b"/Size ")?;
    if !is_ours {
        return None;
    }
    let content = content(mark)?;
    let form = format!(
        "<< /Type /XObject /Subtype /Form /Name /TillmailMark /BBox [-300 -{ROOM} 300 0] \
         /Resources << /Font << /B {BOLD_FONT} 0 R >> >> /Length {length} >>\nstream\n{content}\nendstream",
        length = content.len(),
    );
    let mut marked = pdf.to_vec();
    marked.push(b'\n');
    let at = marked.len();
    marked.extend_from_slice(format!("4 0 obj\n{form}\nendobj\n").as_bytes());
    let table = marked.len();
    let rest = format!(
        "xref\n4 1\n{at:010} 00000 n \ntrailer\n<< /Size {objects} /Root 1 0 R /Info 3 0 R /Prev {before} >>\n\
         startxref\n{table}\n%%EOF"
    );
    marked.extend_from_slice(rest.as_bytes());
    Some(marked)
}

/// White words on black, in the middle; the origin is the middle of the page's upper edge.
fn content(mark: &str) -> Option<String> {
    let glyphs = mark.chars().map(|character| {
        let place = CHARACTERS.chars().position(|known| known == character)?;
        Some(format!("{:04X}", place + 1))
    });
    let glyphs: String = glyphs.collect::<Option<_>>()?;
    let count = u32::try_from(mark.chars().count()).ok()?;
    let width = f64::from(count) * ADVANCE / 1000.0 * SIZE;
    let left = -width / 2.0;
    Some(format!(
        "0 g {x:.2} -20 {wide:.2} 15 re f 1 g BT /B {SIZE} Tf {left:.2} -16 Td <{glyphs}> Tj ET",
        x = left - 6.0,
        wide = width + 12.0,
    ))
}

fn number_behind(bytes: &[u8], word: &[u8]) -> Option<u64> {
    let at = find_last(bytes, word)? + word.len();
    let digits = bytes
        .get(at..)?
        .iter()
        .take_while(|byte| byte.is_ascii_digit());
    let digits: String = digits.map(|digit| char::from(*digit)).collect();
    digits.parse().ok()
}

fn find_last(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).rposition(|part| part == word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Language, duplicate_mark, test_mark};

    #[test]
    fn every_mark_can_be_written_and_other_files_stay_alone() {
        for mark in [
            duplicate_mark(1_234_567_890),
            test_mark(Language::French).to_owned(),
            test_mark(Language::English).to_owned(),
        ] {
            assert!(content(&mark).is_some(), "{mark}");
        }
        let mut seen = std::collections::BTreeSet::new();
        assert!(CHARACTERS.chars().all(|one| seen.insert(one)), "each once");
        for other in [
            &b""[..],
            b"%PDF-1.7",
            b"%PDF-1.4\n1 0 obj\n/Size 3 startxref\n12\n%%EOF",
        ] {
            assert_eq!(marked(other, "DUPLICATA 1"), None);
        }
    }
}
