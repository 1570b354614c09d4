//! Streams of python-escpos (tests/escpos/streams.py; tests/escpos.rs holds them equal to what it makes), and by hand
//! what it cannot do. Then hostile ones.

use super::*;
use crate::picture::png::read_back;
use crate::receipt::printed::{Align, Block, Line, Span, Symbology};
use serde_json::Value;
use std::fmt::Write;
use std::time::{Duration, Instant};

macro_rules! stream {
    ($name:literal) => {
        include_bytes!(concat!("../../../tests/escpos/streams/", $name))
    };
}

/// Writes printed lines so that a test can show them: `^ {bWH}CHEZ ÉMILE`.
fn shown(printed: &Printed) -> String {
    let mut shown = String::new();
    for block in &printed.blocks {
        let (align, words) = match block {
            Block::Line(Line { align, spans }) => (*align, spans.iter().map(span).collect()),
            Block::Picture { picture, align } => {
                (*align, format!("[{}x{}]", picture.width, picture.height))
            }
            Block::Code { code, align } => {
                let text = if code.shows_text { " +" } else { "" };
                (
                    *align,
                    format!("[{:?} {}{text}]", code.symbology, code.payload),
                )
            }
            Block::Cut => (Align::Left, "[cut]".to_owned()),
        };
        let side = match align {
            Align::Left => "",
            Align::Centre => "^ ",
            Align::Right => "> ",
        };
        let _ = writeln!(shown, "{side}{words}");
    }
    shown
}

fn span(span: &Span) -> String {
    let style = span.style;
    let letters: String = [
        (style.bold, 'b'),
        (style.underline, 'u'),
        (style.inverse, 'i'),
        (style.double_width, 'W'),
        (style.double_height, 'H'),
    ]
    .iter()
    .filter(|(is_set, _)| *is_set)
    .map(|(_, letter)| letter)
    .collect();
    if letters.is_empty() {
        span.text.clone()
    } else {
        format!("{{{letters}}}{}", span.text)
    }
}

/// Reads a stream from which nothing is missing.
fn whole(bytes: &[u8]) -> Printed {
    let (printed, skipped) = read(bytes).unwrap();
    assert_eq!((skipped.commands, skipped.truncated), (0, false));
    printed
}

/// The lines of a stream and how many commands were skipped.
fn lines(bytes: &[u8]) -> (String, usize) {
    let (printed, skipped) = read(bytes).unwrap();
    assert!(!skipped.truncated, "{bytes:?}");
    (shown(&printed), skipped.commands)
}

#[test]
fn code_pages_of_python_escpos_are_read() {
    let printed = whole(stream!("code_pages.bin"));
    let expected = "CP437 Café crème ½ £ ñ\n\
        CP850 Été à Noël © ÀÂÊ Õ\n\
        CP858 Crème brûlée 6,50 €\n\
        CP1252 Œuf à la coque – 3,20 €\n\
        CP852 Łódź Žižkov\n\
        CP866 Борщ\n\
        CP863 Où êtes-vous\n\
        CP865 Smørrebrød\n\
        AUTO Crème 6,50 €, Œuf\n";
    assert_eq!(shown(&printed), expected);
}

#[test]
fn styles_of_python_escpos_are_read() {
    let printed = whole(stream!("styles.bin"));
    let expected = format!(
        "^ {{bWH}}CHEZ ÉMILE\n\
        normal\n\
        {{u}}souligné\n\
        {{u}}souligné fort\n\
        {{i}}inverse\n\
        {{W}}large\n\
        {{H}}haut\n\
        {}\n\
        > {{b}}à droite\n\
        TOTAL {{b}}12,00 EUR\n",
        "x".repeat(56)
    );
    assert_eq!(shown(&printed), expected);
    assert_eq!(printed.columns, 56, "font B is smaller");
}

#[test]
fn bar_codes_of_python_escpos_are_read() {
    let (printed, skipped) = read(stream!("bar_codes.bin")).unwrap();
    let expected = "^ [Ean13 3760123450010 +]\n\
        ^ [Ean13 3760123450010 +]\n\
        ^ [Ean8 96385074 +]\n\
        ^ [UpcA 036000291452 +]\n\
        ^ [Code39 TICKET-42 +]\n\
        ^ [Itf 123456 +]\n\
        ^ [Codabar A40156B +]\n\
        ^ [Code128 Ticket 42 +]\n\
        ^ [Code128 1252535455 +]\n\
        ^ C93\n\
        ^ [Code128 NO TEXT]\n";
    assert_eq!(shown(&printed), expected);
    assert_eq!(skipped.commands, 1, "Code 93 is shown as text");
}

#[test]
fn qr_codes_of_python_escpos_are_read() {
    let printed = whole(stream!("qr_codes.bin"));
    let expected = "Avant\n\
        [Qr https://example.fr/t/42?a=1&b=2]\n\
        ^ [Qr Café 6,50 €]\n\
        ^ Après\n";
    assert_eq!(shown(&printed), expected);
}

/// The one picture that the streams print, as Pillow sees it.
const PICTURE: &[u8] = stream!("picture.bits");

/// Height of a picture made of bands: each has 24 rows.
const BAND: u32 = 24;

#[test]
fn pictures_of_python_escpos_come_back_dot_for_dot() {
    let streams: [(&str, &[u8]); 3] = [
        ("bitImageRaster", stream!("raster.bin")),
        ("graphics", stream!("graphics.bin")),
        ("bitImageColumn", stream!("column.bin")),
    ];
    for (name, bytes) in streams {
        let printed = whole(bytes);
        let pictures: Vec<_> = printed
            .blocks
            .iter()
            .filter_map(|block| match block {
                Block::Picture { picture, .. } => Some(picture),
                _ => None,
            })
            .collect();
        assert_eq!(pictures.len(), 2, "{name}: {}", shown(&printed));
        assert!(shown(&printed).starts_with("Avant\n["), "{name}");
        for picture in pictures {
            let (width, height, bits) = read_back(picture);
            assert!(
                height == 61 || height == 61_u32.div_ceil(BAND) * BAND,
                "{name}: {height}"
            );
            for y in 0..height {
                for x in 0..width {
                    let expected = x < 100 && y < 61 && is_black(PICTURE, 100, x, y);
                    assert_eq!(is_black(&bits, width, x, y), expected, "{name} {x},{y}");
                }
            }
        }
    }
}

fn is_black(bits: &[u8], width: u32, x: u32, y: u32) -> bool {
    let place = y * width.div_ceil(8) + x / 8;
    bits[usize::try_from(place).unwrap()] & (0x80 >> (x % 8)) != 0
}

#[test]
fn scaled_pictures_of_python_escpos_have_their_size_on_paper() {
    let printed = whole(stream!("scaled.bin"));
    assert_eq!(shown(&printed), "[208x122]\n[100x122]\n[200x72]\n");
}

#[test]
fn drawers_status_and_buzzers_leave_no_trace() {
    let printed = whole(stream!("machine.bin"));
    let expected = "        un          deux\n\n\ntrois\n\n\nquatre\n[cut]\nsecond ticket\n";
    assert_eq!(shown(&printed), expected);
}

#[test]
fn what_python_escpos_lacks_by_hand() {
    let wide_code = [b"\x1dk\x48\x03A", &b"93"[..]].concat();
    let cases: &[(&str, &[u8], &str, usize)] = &[
        ("a national set", b"\x1bR\x01{}~@\\ \x1bR\x02[\x1bR\x63x", "éè¨àç Äx\n", 1),
        ("an unknown code page", b"\x1bt\x63\x82", "é\n", 1),
        ("UTF-8", b"\x1c(C\x02\x000\x32\xc3\xa9\xe2\x82\xac\xff\xf0\x9f\x98\x80\xc3", "é€😀\n", 0),
        ("UTF-8 and back", b"\x1c(C\x02\x000\x32\x1c(C\x02\x000\x31\x82", "é\n", 0),
        ("digits as parameters", b"\x1b-1x\x1b-0y\x1ba1\nz\n\x1ba2w", "{u}xy\n^ z\n> w\n", 0),
        ("double strike", b"\x1bG\x01x\x1bE\x01y\x1bG\x00z\x1bE\x00w", "{b}xyzw\n", 0),
        ("ESC !", b"\x1b!\xb9x\x1b!\x00y", "{buWH}xy\n", 0),
        ("GS !", b"\x1d!\x70x\x1d!\x07y\x1d!\x00z", "{W}x{H}yz\n", 0),
        ("a reset in the line", b"\x1bE\x01figure\x1b@next", "{b}figure\nnext\n", 0),
        ("alignment inside a line waits", b"a\x1ba\x01b\nc", "ab\n^ c\n", 0),
        ("line ends", b"a\r\nb\n\rc\rd\r\r\ne\x0cf", "a\nb\nc\nd\n\ne\nf\n", 0),
        ("feeds", b"a\x1bd\x02b\x1bJ\x3cc\x1b3\x0a\x1bJ\x14d", "a\n\nb\n\nc\n\nd\n", 0),
        ("empty lines at both ends", b"\n\nx\n\n\n\n\n\n\ny\x1bd\xff\x1dV\x00\n\n", "x\n\n\n\ny\n", 0),
        ("reverse feed", b"a\x1bK\x10b\x1be\x01c", "a\nb\nc\n", 0),
        ("tabs", b"\x1bD\x03\x06\x00a\tb\tc\td\n", "a  b  c d\n", 0),
        ("tabs that do not rise", b"\x1bD\x06\x03x\x1bD\x00a\tb", "xa b\n",1),
        ("absolute places", b"a\x1b$\x78\x00b\x1b$\x00\x00c", "c         b\n", 0),
        ("relative places", b"a\x1b\\\x18\x00b\x1b\\\xf4\xffc", "a  c\n", 0),
        (
            "small steps",
            b"a\x1b\\\x06\x00\x1b\\\x06\x00\x1b\\\x06\x00\x1b\\\x06\x00b",
            "a  b\n",
            0,
        ),
        ("a place beyond the paper", b"a\x1b$\xff\xffb", "ab\n", 0),
        ("a place inside a wide sign", b"\x1d!\x10ab\x1d!\x00\x1b$\x0c\x00c", "{W}ac{W}b\n", 0),
        ("a full line", &[b'x'; 50], "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\nxx\n", 0),
        ("a narrow area", b"\x1dW\x80\x01123456789012345678901234567890123", "12345678901234567890123456789012\n3\n", 0),
        ("soft hyphen", b"\x1bt\x02a\xf0b", "a-b\n", 0),
        ("cuts", b"\x1bix\x1bm\x1dVBA\x1dV1y\x1dV\x00", "x\n[cut]\ny\n", 0),
        ("ideograph mode", b"\x1c&\x1c.\x1cC\x01x", "x\n", 0),
        ("page mode", b"\x1bL\x1bW\x00\x00\x00\x00\x00\x02\x00\x02\x1bT\x00a\x1d$\x40\x00b\x0c\x1bSc", "a\nb\nc\n", 0),
        ("a code that we cannot draw", &wide_code, "A93\n", 1),
        ("PDF417", b"\x1d(k\x03\x000E0\x1d(k\x06\x000P0abc\x1d(k\x03\x000Q0", "abc\n", 1),
        ("a QR code that was not stored", b"\x1d(k\x03\x001Q0x", "x\n", 1),
        ("a bar code without its end", b"\x1dk\x02123", "123\n", 1),
        ("an unknown bar code", b"\x1dk\x63\x02ABx", "x\n", 1),
        ("logo in memory", b"\x1cp\x01\x00\x1d(L\x06\x000E\x01\x01\x01\x01x", "x\n", 2),
        ("unknown with length", b"\x1d(Z\x03\x00abc\x1b(Y\x02\x00ab\x1c(Z\x01\x00ax", "x\n", 3),
        ("unknown without length", b"\x1b~a\x1d~b\x1c~c\x10~d\x01e", "abcde\n", 5),
        ("user signs", b"\x1b&\x03AB\x01abc\x02abcdefx", "x\n", 1),
        ("memory", b"\x1cg1\x00\x00\x00\x00\x00\x02\x00ab\x1cg2\x00\x00\x00\x00\x00\x02\x00\x1cq\x01\x01\x00\x01\x00abcdefghx", "x\n", 0),
        ("counter", b"\x1dC0\x00\x01\x1dC2\x01\x00\x1dC;1;2;3;4;5;\x1dcx", "x\n", 1),
        ("macro", b"\x1d:x\x1d:\x1d^\x01\x00\x00", "x\n", 1),
        ("a bitmap of Windows", b"\x1dD0C0aa01BM\x08\x00\x00\x00abx", "x\n", 0),
        ("padding", b"\x00\x00x\x07\x18y\x00", "xy\n", 0),
    ];
    for (name, bytes, expected, skipped) in cases {
        assert_eq!(lines(bytes), ((*expected).to_owned(), *skipped), "{name}");
    }
}

#[test]
fn pictures_by_hand() {
    let cases: &[(&str, &[u8], &str, usize)] = &[
        ("8 dots", b"\x1b*\x00\x02\x00\xff\xff\n\x1b*\x01\x02\x00\xff\xffx", "[4x24]\n[2x24]\nx\n", 0),
        ("two in a line", b"\x1b*\x21\x01\x00abc\x1b*\x21\x02\x00abcdef\n", "[3x24]\n", 0),
        ("raster, twice as high", b"\x1dv0\x02\x01\x00\x02\x00\xff\xff", "[8x4]\n", 0),
        ("raster, alignment", b"\x1ba\x01\x1dv0\x00\x01\x00\x01\x00\xff\x1ba\x02\x1dv0\x00\x01\x00\x01\x00\xff", "^ [8x1]\n> [8x1]\n", 0),
        ("white is a feed", b"a\n\x1dv0\x00\x01\x00\x02\x00\x00\x00b", "a\nb\n", 0),
        ("an empty line between", b"\x1dv0\x00\x01\x00\x01\x00\xff\n\x1dv0\x00\x01\x00\x01\x00\xff", "[8x1]\n\n[8x1]\n", 0),
        ("downloaded", b"\x1d*\x01\x01abcdefgh\x1d/\x00x\x1d/\x03", "[8x8]\nx\n[16x16]\n", 0),
        ("nothing downloaded", b"\x1d/\x00x", "x\n", 1),
        ("columns of graphics", b"\x1d(L\x0b\x000q0\x01\x011\x01\x00\x08\x00\xff\x1d(L\x02\x0002", "[1x8]\n", 0),
        ("graphics printed twice", b"\x1d8L\x0b\x00\x00\x000p0\x01\x021\x08\x00\x01\x00\xff\x1d(L\x02\x00022\x1d(L\x02\x0002", "[8x2]\n2\n", 1),
        ("no width", b"\x1dv0\x00\x00\x00\x02\x00x", "x\n", 1),
        ("an unknown mode", b"\x1b*\x63\x00\x00x", "x\n", 1),
    ];
    for (name, bytes, expected, skipped) in cases {
        assert_eq!(lines(bytes), ((*expected).to_owned(), *skipped), "{name}");
    }
}

#[test]
fn of_a_truncated_stream_what_is_there_is_kept() {
    let cases: &[(&[u8], &str)] = &[
        (b"TOTAL 1,00\n\x1b", "TOTAL 1,00\n"),
        (b"TOTAL 1,00\x1d(k\x03", "TOTAL 1,00\n"),
        (b"x\x1bD\x01", "x\n"),
        (b"x\x1dk\x49\x09{B12", "x\n"),
        (b"\x1dv0\x00\x01\x00\x09\x00\xff\xff", "[8x2]\n"),
        (b"\x1b*\x21\x09\x00abcdefg", "[2x24]\n"),
        (b"x\x1d8L\xff\xff\xff\xff0p0", "x\n"),
        (b"x\x1dD0C0aa01BM\xff\xff\xff\xff", "x\n"),
        (b"x\x1cq\xff\xff\xff\xff\xff", "x\n"),
    ];
    for (bytes, expected) in cases {
        let (printed, skipped) = read(bytes).unwrap();
        assert_eq!(shown(&printed), *expected, "{bytes:?}");
        assert!(skipped.truncated, "{bytes:?}");
    }
}

#[test]
fn absurd_streams_are_refused_or_cut() {
    assert_eq!(
        read(&vec![b'\n'; MAX_BYTES + 1]).unwrap_err().code,
        MAIL_E_TOO_LARGE
    );
    let long = b"x\n".repeat(paper::MAX_BLOCKS);
    assert_eq!(read(&long).unwrap_err().code, MAIL_E_TOO_LARGE);
    assert!(read(&b"x\n".repeat(paper::MAX_BLOCKS - 1)).is_ok());
    // Sixty small pictures with a line between them, then one of more dots than any paper has.
    let many = b"\x1dv0\x00\x01\x00\x01\x00\xff\n".repeat(60);
    let (printed, skipped) = read(&many).unwrap();
    assert!(
        printed.blocks.len() < 110 && skipped.commands == 10,
        "{skipped:?}"
    );
    let huge = [
        b"\x1dv0\x03\x80\x00\xff\x0f",
        vec![0xff; 128 * 4_095].as_slice(),
    ]
    .concat();
    assert_eq!(lines(&huge), (String::new(), 1));
}

/// The stream of the example that the documentation shows.
fn restaurant() -> Vec<u8> {
    use base64::Engine;
    let request = include_str!("../../../examples/receipts/restaurant_escpos.json");
    let request: Value = serde_json::from_str(request).unwrap();
    let bytes = request["escpos"].as_str().unwrap();
    base64::engine::general_purpose::STANDARD
        .decode(bytes)
        .unwrap()
}

#[test]
fn the_restaurant_is_read_whole() {
    let shown = shown(&whole(&restaurant()));
    for line in [
        "^ [240x120]\n^ {bWH}CHEZ ÉMILE\n^ Brasserie depuis 1962\n",
        "\n{b}Ticket n° 2026-11-0427          20/11/2026 13:42\n",
        "\n2   Menu du midi               18,90     37,80 A\n",
        "\n1   Crème brûlée                          7,50 A\n",
        "\n{bWH}TOTAL EUR          88,20\n",
        "\n^ {i} SERVICE COMPRIS \n",
        "\n^ [Qr https://example.fr/avis?t=2026-11-0427]\n^ [Code128 2026-11-0427 +]\n",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    assert!(shown.ends_with("^ Signature : kQ7v-9TzB\n"), "{shown}");
}

/// Numbers that look random and are the same in every run (Knuth's constants).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % most.max(1)
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }
}

/// Reads hostile bytes: whatever they are, the result is bounded.
fn is_borne(bytes: &[u8]) {
    let Ok((printed, skipped)) = read(bytes) else {
        return;
    };
    assert!(printed.blocks.len() <= paper::MAX_BLOCKS + 10);
    assert!((32..=150).contains(&printed.columns), "{}", printed.columns);
    assert!(skipped.commands <= bytes.len());
    for block in &printed.blocks {
        if let Block::Line(line) = block {
            assert!(line.columns() <= printed.columns, "{line:?}");
        }
    }
}

#[test]
fn hostile_streams_end_without_harm() {
    let restaurant = restaurant();
    let real: [&[u8]; 6] = [
        &restaurant,
        stream!("styles.bin"),
        stream!("bar_codes.bin"),
        stream!("graphics.bin"),
        stream!("column.bin"),
        stream!("machine.bin"),
    ];
    for stream in real {
        (0..stream.len()).for_each(|length| is_borne(&stream[..length]));
    }
    let mut dice = Dice(6);
    for _ in 0..3_000 {
        let mut bytes = real[dice.below(real.len())].to_vec();
        for _ in 0..=dice.below(8) {
            let place = dice.below(bytes.len());
            match dice.below(3) {
                0 => bytes[place] = dice.byte(),
                1 => bytes.insert(place, dice.byte()),
                _ => {
                    bytes.remove(place);
                }
            }
        }
        is_borne(&bytes);
    }
    let leads = [0x1b, 0x1d, 0x1c, 0x10, 0x09, 0x0a];
    for round in 0..3_000 {
        let bytes: Vec<u8> = (0..dice.below(400))
            .map(|_| match dice.below(3) {
                0 => leads[dice.below(leads.len())],
                _ if round % 2 == 0 => b"*(kLv8/Dq&g$!0123"[dice.below(17)],
                _ => dice.byte(),
            })
            .collect();
        is_borne(&bytes);
    }
}

#[test]
fn the_worst_streams_take_a_time_that_grows_with_their_length() {
    let load = [b"\x1d*\xff\xff".as_slice(), &vec![0xff; 255 * 8 * 255]].concat();
    let small = [b"\x1d*\x80\x80".as_slice(), &vec![0xff; 128 * 8 * 128]].concat();
    let bits = [b"\x1d*\x40\x40".as_slice(), &vec![0; 64 * 8 * 64]].concat();
    let cases: [(&str, Vec<u8>, &[u8]); 11] = [
        ("a large download", load, b"\x1d/\x03"),
        ("a download again and again", small, b"\x1d/\x00"),
        ("a white one", bits, b"\x1d/\x00"),
        ("bar codes without end", vec![], b"\x1dk\x02"),
        ("code pages", vec![], b"\x1bt\x02\xff"),
        ("tabs", vec![], b"\t"),
        ("the far end of the paper", vec![], b"\x1b$\x3f\x02x"),
        ("feeds", vec![], b"\x1bd\xff"),
        ("bands", vec![], b"\x1b*\x21\x01\x00abc"),
        ("bands below each other", vec![], b"\x1b*\x21\x01\x00abc\n"),
        ("escapes", vec![], b"\x1b"),
    ];
    for (name, mut bytes, again) in cases {
        while bytes.len() + again.len() <= MAX_BYTES {
            bytes.extend_from_slice(again);
        }
        let start = Instant::now();
        is_borne(&bytes);
        // A debug build under a sanitizer on a loaded machine; anything quadratic takes hours.
        let took = start.elapsed();
        assert!(took < Duration::from_secs(300), "{name}: {took:?}");
        println!("{name}: {took:?}");
    }
}

#[test]
fn kinds_of_codes_are_kept_apart() {
    let printed = whole(b"\x1d(k\x06\x001P0abc\x1d(k\x03\x001Q0");
    let Some(Block::Code { code, .. }) = printed.blocks.first() else {
        panic!("{printed:?}");
    };
    assert_eq!((code.symbology, code.shows_text), (Symbology::Qr, false));
}
