use super::*;
use crate::outside::read_back;
use crate::picture::Picture;
use crate::receipt::model::PdfForm;
use crate::receipt::printed::{Align, Block, Code, Line, Printed, Span, Style, Symbology};

const ALPHA: &[u8] = include_bytes!("../../tests/pictures/logo-alpha.png");
const GIF: &[u8] = include_bytes!("../../tests/pictures/3x2.gif");
const JPEG: &[u8] = include_bytes!("../../tests/pictures/logo.jpg");

fn line(text: &str) -> Block {
    styled(text, Style::default(), Align::Left)
}

fn styled(text: &str, style: Style, align: Align) -> Block {
    Block::Line(Line {
        align,
        spans: vec![Span {
            text: text.to_owned(),
            style,
        }],
    })
}

fn printed(blocks: Vec<Block>) -> Printed {
    Printed {
        columns: 42,
        blocks,
    }
}

fn about() -> About<'static> {
    About {
        title: "Ticket n° T1 – Été",
        language: Language::French,
        date: crate::clock::receipt_date("2026-11-22T18:30:00+01:00").unwrap(),
        logo: None,
    }
}

fn rendered(blocks: Vec<Block>, form: PdfForm) -> Rendered {
    render(&printed(blocks), form, &about()).unwrap()
}

fn logo(content_type: &'static str, bytes: &[u8]) -> Picture {
    Picture {
        content_type,
        width: 240,
        height: 80,
        bytes: bytes.to_vec().into(),
    }
}

/// Everything that a printer can do.
fn everything() -> Vec<Block> {
    let big = Style {
        double_width: true,
        double_height: true,
        bold: true,
        ..Style::default()
    };
    let tall = Style {
        double_height: true,
        ..Style::default()
    };
    let wide = Style {
        double_width: true,
        ..Style::default()
    };
    let bold = Style {
        bold: true,
        ..Style::default()
    };
    let inverse = Style {
        inverse: true,
        bold: true,
        ..Style::default()
    };
    let underline = Style {
        underline: true,
        ..Style::default()
    };
    let code = |symbology, payload: &str| Block::Code {
        code: Code {
            symbology,
            payload: payload.to_owned(),
            shows_text: symbology != Symbology::Qr,
        },
        align: Align::Centre,
    };
    let picture = |content_type, bytes, align| Block::Picture {
        picture: logo(content_type, bytes),
        align,
    };
    vec![
        line(""),
        picture("image/png", ALPHA, Align::Centre),
        styled("BOULANGERIE DUPONT", big, Align::Centre),
        styled(
            "12, rue de l'Été – 75011 PARIS",
            Style::default(),
            Align::Centre,
        ),
        styled("SIRET 123 456 789 00012", Style::default(), Align::Centre),
        line("------------------------------------------"),
        line("2 × CROISSANT AU BEURRE              2,40 €"),
        line("Cœur coulant, crème brûlée           6,50 €"),
        Block::Line(Line {
            align: Align::Left,
            spans: vec![
                Span {
                    text: "Remise ".to_owned(),
                    style: Style::default(),
                },
                Span {
                    text: " PROMO ".to_owned(),
                    style: inverse,
                },
                Span {
                    text: " souligné".to_owned(),
                    style: underline,
                },
                Span {
                    text: " gras".to_owned(),
                    style: bold,
                },
            ],
        }),
        styled("Thé vert 茶 💐", Style::default(), Align::Left),
        line("Cafe\u{301} de\u{301}compose\u{301}"),
        line("╔══════════╗ ░▒▓█ ½ ¼ « » æ Œ ß Ω π"),
        styled("TOTAL     8,90 €", big, Align::Right),
        styled("haut seulement", tall, Align::Left),
        styled("large seulement", wide, Align::Left),
        styled("Merci de votre visite", Style::default(), Align::Right),
        code(Symbology::Ean13, "3760123456784"),
        code(Symbology::Code128, "T00012345"),
        code(Symbology::Qr, "https://example.fr/t?n=é"),
        picture("image/jpeg", JPEG, Align::Left),
        Block::Cut,
        styled("COUPON", big, Align::Centre),
        line(""),
        Block::Cut,
    ]
}

fn text_of(pdf: &[u8]) -> String {
    read_back("pdftotext", &["-layout", "FILE", "-"], pdf)
}

/// Poppler guesses columns from the widths of a whole page: where letters of two widths stand on it, spaces are only near.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_receipt_comes_back_in_its_columns() {
    let lines = [
        "            BOULANGERIE DUPONT            ",
        "------------------------------------------",
        "2 × CROISSANT AU BEURRE             2,40 €",
        "Cœur coulant, crème brûlée         16,50 €",
        "------------------------------------------",
        "TOTAL                              18,90 €",
    ];
    for form in [PdfForm::Roll, PdfForm::A4] {
        let pdf = rendered(lines.iter().map(|text| line(text)).collect(), form);
        let text = text_of(&pdf.bytes);
        let margin = text.lines().find(|line| line.contains("---")).unwrap();
        let margin = margin.len() - margin.trim_start().len();
        let read: Vec<_> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| line.get(margin..).unwrap_or_default().trim_end())
            .collect();
        let expected: Vec<_> = lines.iter().map(|line| line.trim_end()).collect();
        assert_eq!(read, expected, "{form:?}");
    }
}

#[test]
fn every_word_comes_back() {
    for form in [PdfForm::Roll, PdfForm::A4] {
        let pdf = rendered(everything(), form);
        let text = words(&text_of(&pdf.bytes));
        for expected in [
            "BOULANGERIE DUPONT",
            "12, rue de l'Été – 75011 PARIS",
            "2 × CROISSANT AU BEURRE 2,40 €",
            "Cœur coulant, crème brûlée 6,50 €",
            "TOTAL 8,90 €",
            "Café décomposé",
            "souligné gras",
            "茶",
            "💐",
            "╔══════════╗ ░▒▓█ ½ ¼ « » æ Œ ß Ω π",
            "3760123456784",
        ] {
            assert!(text.contains(expected), "{form:?}: {expected}\n{text}");
        }
        assert_eq!(pdf.replaced, 2, "{form:?}");
    }
}

#[test]
fn the_file_says_what_it_is_and_carries_its_fonts() {
    let pdf = rendered(everything(), PdfForm::Roll).bytes;
    assert!(pdf.len() < 40_000, "{}", pdf.len());
    let fonts = read_back("pdffonts", &["FILE"], &pdf);
    let rows: Vec<_> = fonts.lines().skip(2).collect();
    assert_eq!(rows.len(), 2, "{fonts}");
    for row in rows {
        assert!(
            row.contains("CID TrueType") && row.contains("yes yes yes"),
            "{fonts}"
        );
    }
    let info = read_back("pdfinfo", &["FILE"], &pdf);
    for expected in [
        "Ticket n° T1 – Été",
        "Pages:           1",
        "226.772 x",
        "PDF version:     1.7",
    ] {
        assert!(info.contains(expected), "{expected}: {info}");
    }
    let info = read_back("pdfinfo", &["-rawdates", "FILE"], &pdf);
    assert!(info.contains("20261122183000+01"), "{info}");
    assert_eq!(
        pdf,
        rendered(everything(), PdfForm::Roll).bytes,
        "the same receipt, the same file"
    );
}

#[test]
fn long_receipts_get_pages_and_no_line_is_lost() {
    let lines = |count| {
        (0..count)
            .map(|number| line(&format!("Ligne {number:04}")))
            .collect()
    };
    for (form, count, pages) in [
        (PdfForm::Roll, 300, 1),
        (PdfForm::A4, 300, 6),
        (PdfForm::Roll, 2_000, 2),
    ] {
        let pdf = rendered(lines(count), form).bytes;
        let text = text_of(&pdf);
        for number in 0..count {
            assert!(
                text.contains(&format!("Ligne {number:04}")),
                "{form:?} {number}"
            );
        }
        let info = read_back("pdfinfo", &["FILE"], &pdf);
        assert!(
            info.contains(&format!("Pages:           {pages}\n")),
            "{form:?}: {info}"
        );
        if form == PdfForm::A4 {
            assert!(info.contains("(A4)") && text.contains("1 / 6"), "{info}");
        }
    }
}

#[test]
fn scanners_read_the_codes_of_a_page() {
    for form in [PdfForm::Roll, PdfForm::A4] {
        let pdf = rendered(everything(), form).bytes;
        let script = "pdftoppm -r 200 -png \"$1\" | zbarimg --quiet --raw -";
        let read = read_back("sh", &["-c", script, "sh", "FILE"], &pdf);
        let mut read: Vec<_> = read.lines().collect();
        read.sort_unstable();
        assert_eq!(
            read,
            ["3760123456784", "T00012345", "https://example.fr/t?n=é"],
            "{form:?}"
        );
    }
}

#[test]
fn a_mark_stands_in_the_first_line_and_takes_the_place_of_the_one_before() {
    for form in [PdfForm::Roll, PdfForm::A4] {
        let first = rendered(everything(), form).bytes;
        let plain = text_of(&first);
        let mut copy = first.clone();
        for mark in ["TEST – sans valeur", "DUPLICATA 1", "DUPLICATA 23"] {
            let marked = marked(&copy, mark).unwrap();
            assert!(marked.starts_with(&copy), "nothing that was there changes");
            let text = text_of(&marked);
            let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            assert_eq!(lines.next(), Some(mark), "{form:?}: {text}");
            let rest: Vec<_> = lines.collect();
            assert_eq!(words(&rest.join(" ")), words(&plain), "{form:?}");
            copy = marked;
        }
    }
}

#[test]
fn damaged_pictures_and_odd_sizes_harm_nothing() {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 8).unwrap()
    };
    for round in 0..400 {
        let (content_type, whole) = [
            ("image/png", ALPHA),
            ("image/jpeg", JPEG),
            ("image/gif", GIF),
        ][round % 3];
        let mut bytes = whole.to_vec();
        for _ in 0..=next() % 8 {
            let at = next() % bytes.len();
            bytes[at] = u8::try_from(next() & 0xFF).unwrap();
        }
        bytes.truncate(next() % (bytes.len() + 1));
        let picture = Picture {
            width: u32::try_from(next() % 70_000).unwrap(),
            height: u32::try_from(next() % 70_000).unwrap(),
            ..logo(content_type, &bytes)
        };
        let align = [Align::Left, Align::Centre, Align::Right][round % 3];
        let form = [PdfForm::Roll, PdfForm::A4][round % 2];
        let pdf = rendered(
            vec![line("a"), Block::Picture { picture, align }, line("b")],
            form,
        );
        assert!(pdf.bytes.starts_with(b"%PDF-1.7"));
    }
}

#[test]
fn hostile_text_is_drawn_or_replaced() {
    let texts = [
        "\u{0}\u{7}\u{1b}[31m",
        "\u{202e}txet\u{202c} \u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{645}\u{631}",
        "e\u{301}\u{301}\u{301}\u{301}",
        "\u{301}seul",
        "(\\) %PDF endstream endobj",
    ];
    let mut blocks: Vec<Block> = texts.iter().map(|text| line(text)).collect();
    blocks.push(line(&"mot ".repeat(2_000)));
    blocks.push(line(&"x".repeat(5_000)));
    blocks.push(Block::Code {
        code: Code {
            symbology: Symbology::Ean13,
            payload: "12".to_owned(),
            shows_text: true,
        },
        align: Align::Centre,
    });
    let pdf = rendered(blocks, PdfForm::Roll);
    let text = text_of(&pdf.bytes);
    assert!(text.contains("(\\) %PDF endstream endobj"), "{text}");
    assert!(text.contains("\n 12\n") || text.contains(" 12"), "{text}");
    assert_eq!(rendered(Vec::new(), PdfForm::A4).replaced, 0);
}

#[test]
fn the_shops_logo_stands_on_top_as_large_as_in_the_mail() {
    let logo = logo("image/png", ALPHA);
    let about = About {
        logo: Some(&logo),
        ..about()
    };
    let pdf = render(&printed(vec![line("TOTAL")]), PdfForm::Roll, &about).unwrap();
    let list = read_back("pdfimages", &["-list", "FILE"], &pdf.bytes);
    assert!(
        list.contains("image     240    80  rgb") && list.contains("smask     240    80  gray"),
        "{list}"
    );
    // 240 of 300 pixels are four fifths of 72 mm: 240 dots on 57.6 mm are 106 an inch.
    assert!(list.contains("106   106"), "{list}");
}

#[test]
fn a_gif_is_shown_too() {
    let picture = Picture {
        width: 3,
        height: 2,
        ..logo("image/gif", GIF)
    };
    let pdf = rendered(
        vec![Block::Picture {
            picture,
            align: Align::Left,
        }],
        PdfForm::Roll,
    );
    let list = read_back("pdfimages", &["-list", "FILE"], &pdf.bytes);
    assert!(list.contains("image       3     2  rgb"), "{list}");
}
