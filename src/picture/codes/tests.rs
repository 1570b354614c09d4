use super::*;
use crate::text::Language;

fn code(symbology: Symbology, payload: &str) -> Code {
    Code {
        symbology,
        payload: payload.to_owned(),
        shows_text: true,
    }
}

#[test]
fn payloads_that_a_code_cannot_say_are_refused_at_their_field() {
    use Symbology::{Codabar, Code39, Code128, Ean8, Ean13, Itf, Qr, UpcA};
    let long = "1".repeat(2_000);
    let cases = [
        (Ean13, "", "empty"),
        (Ean13, "37601234", "12 digits"),
        (Ean13, "37601234567801", "12 digits"),
        (Ean13, "376012345678x", "`x`"),
        (Ean13, "3760123456780", "would be 4"),
        (Ean8, "1234567x", "`x`"),
        (Ean8, "12345671", "would be 0"),
        (UpcA, "036000291453", "would be 2"),
        (Code39, "abc", "`a`"),
        (Code39, "*", "`*`"),
        (Code39, "**", "empty"),
        (Itf, "123", "even"),
        (Itf, "1é", "`é`"),
        (Codabar, "1234", "A, B, C or D"),
        (Codabar, "A1B2A", "`B`"),
        (Codabar, "A", "A, B, C or D"),
        (Code128, "é", "`é`"),
        (Code128, long.as_str(), "80"),
        (Qr, long.as_str(), "1000"),
        (Qr, "", "empty"),
    ];
    for (symbology, payload, expected) in cases {
        let error = draw(&code(symbology, payload)).unwrap_err();
        assert_eq!(error.field.as_deref(), Some("payload"), "{payload:.40}");
        let sentence = error.sentence(Language::English);
        assert!(
            sentence.contains(expected),
            "{symbology:?} {payload:.40}: {sentence}"
        );
    }
}

#[test]
fn a_picture_has_whole_pixels_and_fits_a_phone() {
    let cases = [
        (Symbology::Ean13, "3760123456784"),
        (Symbology::Code128, "T00012345"),
        (Symbology::Qr, "https://example.fr/t/1"),
    ];
    for (symbology, payload) in cases {
        let code = code(symbology, payload);
        let picture = draw(&code).unwrap();
        let wide = u32::try_from(modules(&code).unwrap().width()).unwrap();
        assert_eq!(picture.width % wide, 0, "{symbology:?}");
        assert_eq!(shown(&picture).0 * 2, picture.width, "{symbology:?}");
        assert!(shown(&picture).0 <= WIDEST_SHOWN, "{symbology:?}");
        assert!(
            picture.bytes.len() < 1_500,
            "{symbology:?}: {}",
            picture.bytes.len()
        );
    }
}

#[test]
fn the_longest_payloads_are_drawn() {
    let long = "a\n".repeat(MAX_LINEAR / 2);
    assert!(draw(&code(Symbology::Code128, &long)).is_ok());
    let long = "é".repeat(MAX_QR / 2);
    assert!(draw(&code(Symbology::Qr, &long)).is_ok());
}

/// What zbar reads from a drawn code.
fn scanned(code: &Code) -> String {
    let picture = draw(code).unwrap();
    let arguments = ["--quiet", "--raw", "-Senable", "FILE"];
    let said = crate::outside::read_back("zbarimg", &arguments, &picture.bytes);
    said.strip_suffix('\n').unwrap_or(&said).to_owned()
}

#[test]
fn a_scanner_reads_every_code_back() {
    use Symbology::{Codabar, Code39, Code128, Ean8, Ean13, Itf, Qr, UpcA};
    let cases = [
        (Ean13, "376012345678", "3760123456784"),
        (Ean13, "3760123456784", "3760123456784"),
        (Ean13, "9782070360024", "9782070360024"),
        (Ean8, "9638507", "96385074"),
        (UpcA, "03600029145", "036000291452"),
        (Code39, "T-1234.5 $/+%", "T-1234.5 $/+%"),
        (Code39, "*ABC*", "ABC"),
        (Itf, "12345678901231", "12345678901231"),
        (Codabar, "A40156B", "A40156B"),
        (Codabar, "C12-$:/.+34D", "C12-$:/.+34D"),
        (Code128, "T00012345", "T00012345"),
        (Code128, "20261122183000012345", "20261122183000012345"),
        (Code128, "abc~{|}\u{7f}", "abc~{|}\u{7f}"),
        (Code128, "ab\u{1}cd12345", "ab\u{1}cd12345"),
        (Qr, "https://example.fr/t?n=1", "https://example.fr/t?n=1"),
        (Qr, "Reçu n°12 – 1 234,50 €", "Reçu n°12 – 1 234,50 €"),
        (Qr, "Crème brûlée 💐 日本", "Crème brûlée 💐 日本"),
        (Qr, "0123456789", "0123456789"),
    ];
    for (symbology, payload, expected) in cases {
        assert_eq!(
            scanned(&code(symbology, payload)),
            expected,
            "{symbology:?}"
        );
    }
}

#[test]
fn a_scanner_reads_all_of_ascii_and_all_digits() {
    let printable: String = (' '..='~').collect();
    for part in printable.as_bytes().chunks(20) {
        let part = String::from_utf8(part.to_vec()).unwrap();
        assert_eq!(scanned(&code(Symbology::Code128, &part)), part);
    }
    // Each digit in each place, and each first digit, which chooses the sets of the left half.
    for first in 0..10 {
        let digits: String = (0..12)
            .map(|place| char::from(b'0' + (first + place * 7) % 10))
            .collect();
        let read = scanned(&code(Symbology::Ean13, &digits));
        // A first digit of 0 is a UPC-A, which zbar tells without it.
        assert!(
            format!("{read:0>13}").starts_with(&digits),
            "{digits}: {read}"
        );
    }
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-. $/+%";
    for part in letters.as_bytes().chunks(15) {
        let part = String::from_utf8(part.to_vec()).unwrap();
        assert_eq!(scanned(&code(Symbology::Code39, &part)), part);
    }
}

#[test]
fn no_payload_harms() {
    use Symbology::{Codabar, Code39, Code128, Ean8, Ean13, Itf, Qr, UpcA};
    let mut state = 0x6A09_E667_F3BC_C908_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 8).unwrap()
    };
    let signs = [
        '0', '1', '9', 'A', 'D', 'z', '*', '\u{0}', '\u{1d}', '\u{7f}', 'é', '💐', ' ',
    ];
    let all = [Ean13, Ean8, UpcA, Code39, Itf, Codabar, Code128, Qr];
    for round in 0..4_000 {
        let kinds = 1 + next() % signs.len();
        let payload: String = (0..next() % 40).map(|_| signs[next() % kinds]).collect();
        if let Err(error) = draw(&code(all[round % all.len()], &payload)) {
            assert_eq!(error.field.as_deref(), Some("payload"), "{payload:?}");
        }
    }
}

#[test]
fn gs1_is_told_by_its_first_sign() {
    let read = scanned(&code(
        Symbology::Code128,
        "\u{1d}0103760123456784\u{1d}10ABC",
    ));
    assert!(
        read.contains("0103760123456784") && read.ends_with("10ABC"),
        "{read:?}"
    );
}
