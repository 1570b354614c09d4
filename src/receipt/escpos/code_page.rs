//! What a byte of text stands for: code pages by `ESC t` and the national sets of `ESC R`.
//!
//! The pages of Windows and of ISO come from encoding_rs; those of IBM, which it lacks, are here.

use encoding_rs::{
    Encoding, IBM866, ISO_8859_2, ISO_8859_7, ISO_8859_15, WINDOWS_1250, WINDOWS_1251,
    WINDOWS_1252, WINDOWS_1253, WINDOWS_1254, WINDOWS_1255, WINDOWS_1256, WINDOWS_1257,
};

/// Where a code page comes from.
#[derive(Debug, Clone, Copy)]
enum Page {
    /// The 128 upper characters.
    Own(&'static str),
    Known(&'static Encoding),
    /// Half-width katakana from 0xA1 on (JIS X 0201).
    Katakana,
}

/// Numbers of `ESC t` in Epson's table.
const PAGES: &[(u8, Page)] = &[
    (0, Page::Own(PC437)),
    (1, Page::Katakana),
    (2, Page::Own(PC850)),
    (3, Page::Own(PC860)),
    (4, Page::Own(PC863)),
    (5, Page::Own(PC865)),
    (13, Page::Own(PC857)),
    (14, Page::Own(PC737)),
    (15, Page::Known(ISO_8859_7)),
    (16, Page::Known(WINDOWS_1252)),
    (17, Page::Known(IBM866)),
    (18, Page::Own(PC852)),
    (19, Page::Own(PC858)),
    (33, Page::Own(PC775)),
    (34, Page::Own(PC855)),
    (35, Page::Own(PC861)),
    (36, Page::Own(PC862)),
    (38, Page::Own(PC869)),
    (39, Page::Known(ISO_8859_2)),
    (40, Page::Known(ISO_8859_15)),
    (45, Page::Known(WINDOWS_1250)),
    (46, Page::Known(WINDOWS_1251)),
    (47, Page::Known(WINDOWS_1253)),
    (48, Page::Known(WINDOWS_1254)),
    (49, Page::Known(WINDOWS_1255)),
    (50, Page::Known(WINDOWS_1256)),
    (51, Page::Known(WINDOWS_1257)),
];

/// The characters of ASCII that a national set replaces.
const REPLACED: &[u8] = b"#$@[\\]^`{|}~";

/// Numbers of `ESC R`: what stands in their place.
const NATIONAL: [&str; 16] = [
    "#$@[\\]^`{|}~", // United States
    "#$à°ç§^`éùè¨",  // France
    "#$§ÄÖÜ^`äöüß",  // Germany
    "£$@[\\]^`{|}~", // United Kingdom
    "#$@ÆØÅ^`æøå~",  // Denmark I
    "#¤ÉÄÖÅÜéäöåü",  // Sweden
    "#$@°\\é^ùàòèì", // Italy
    "₧$@¡Ñ¿^`¨ñ}~",  // Spain I
    "#$@[¥]^`{|}~",  // Japan
    "#¤ÉÆØÅÜéæøåü",  // Norway
    "#$ÉÆØÅÜéæøåü",  // Denmark II
    "#$á¡Ñ¿é`íñóú",  // Spain II
    "#$á¡Ñ¿éüíñóú",  // Latin America
    "#$@[₩]^`{|}~",  // Korea
    "#$ŽŠĐĆČžšđćč",  // Slovenia, Croatia
    "#¥@[\\]^`{|}~", // China
];

/// The code page and national set that a printer is set to.
#[derive(Debug, Clone, Copy)]
pub(super) struct CodePage {
    page: Page,
    national: &'static str,
    /// `FS ( C`: the text is UTF-8.
    pub(super) utf8: bool,
}

impl Default for CodePage {
    /// What Epson's printers start with.
    fn default() -> Self {
        CodePage {
            page: Page::Own(PC437),
            national: NATIONAL[0],
            utf8: false,
        }
    }
}

impl CodePage {
    /// `ESC t`; tells whether the number is known. An unknown one changes nothing, as in the printer.
    pub(super) fn select(&mut self, number: u8) -> bool {
        let page = PAGES.iter().find(|(known, _)| *known == number);
        self.page = page.map_or(self.page, |(_, page)| *page);
        page.is_some()
    }

    /// `ESC R`; as `select`.
    pub(super) fn select_national(&mut self, number: u8) -> bool {
        let set = NATIONAL.get(usize::from(number));
        self.national = set.unwrap_or(&self.national);
        set.is_some()
    }

    /// Gives the character of a byte from 0x20 on; none where the page has none.
    pub(super) fn character(&self, byte: u8) -> Option<char> {
        let character = match byte.checked_sub(0x80) {
            None => match REPLACED.iter().position(|replaced| *replaced == byte) {
                Some(place) => self.national.chars().nth(place)?,
                None => char::from(byte),
            },
            Some(place) => self.upper(byte, place)?,
        };
        (!character.is_control() && character != '\u{fffd}').then_some(character)
    }

    fn upper(&self, byte: u8, place: u8) -> Option<char> {
        match self.page {
            Page::Own(characters) => characters.chars().nth(usize::from(place)),
            Page::Known(encoding) => {
                let bytes = [byte];
                let (text, _) = encoding.decode_without_bom_handling(&bytes);
                text.chars().next()
            }
            Page::Katakana => {
                let place = byte.checked_sub(0xa1).filter(|place| *place < 63)?;
                char::from_u32(0xff61 + u32::from(place))
            }
        }
    }
}

/// IBM code page 437.
const PC437: &str = "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ\
    áíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// IBM code page 737.
const PC737: &str = "\
    ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθ\
    ικλμνξοπρσςτυφχψ░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    ωάέήϊίόύϋώΆΈΉΊΌΎΏ±≥≤ΪΫ÷≈°∙·√ⁿ²■\u{a0}";

/// IBM code page 775.
const PC775: &str = "\
    ĆüéāäģåćłēŖŗīŹÄÅÉæÆōöĢ¢ŚśÖÜø£Ø×¤\
    ĀĪóŻżź”¦©®¬½¼Ł«»░▒▓│┤ĄČĘĖ╣║╗╝ĮŠ┐\
    └┴┬├─┼ŲŪ╚╔╩╦╠═╬Žąčęėįšųūž┘┌█▄▌▐▀\
    ÓßŌŃõÕµńĶķĻļņĒŅ’\u{ad}±“¾¶§÷„°∙·¹³²■\u{a0}";

/// IBM code page 850.
const PC850: &str = "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒ\
    áíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
    └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀\
    ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

/// IBM code page 852.
const PC852: &str = "\
    ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×č\
    áíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐\
    └┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀\
    ÓßÔŃńňŠšŔÚŕŰýÝţ´\u{ad}˝˛ˇ˘§÷¸°¨˙űŘř■\u{a0}";

/// IBM code page 855.
const PC855: &str = "\
    ђЂѓЃёЁєЄѕЅіІїЇјЈљЉњЊћЋќЌўЎџЏюЮъЪ\
    аАбБцЦдДеЕфФгГ«»░▒▓│┤хХиИ╣║╗╝йЙ┐\
    └┴┬├─┼кК╚╔╩╦╠═╬¤лЛмМнНоОп┘┌█▄Пя▀\
    ЯрРсСтТуУжЖвВьЬ№\u{ad}ыЫзЗшШэЭщЩчЧ§■\u{a0}";

/// IBM code page 857.
const PC857: &str = "\
    ÇüéâäàåçêëèïîıÄÅÉæÆôöòûùİÖÜø£ØŞş\
    áíóúñÑĞğ¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
    └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ºªÊËÈ\u{fffd}ÍÎÏ┘┌█▄¦Ì▀\
    ÓßÔÒõÕµ\u{fffd}×ÚÛÙìÿ¯´\u{ad}±\u{fffd}¾¶§÷¸°¨·¹³²■\u{a0}";

/// IBM code page 858.
const PC858: &str = "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒ\
    áíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
    └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈ€ÍÎÏ┘┌█▄¦Ì▀\
    ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

/// IBM code page 860.
const PC860: &str = "\
    ÇüéâãàÁçêÊèÍÔìÃÂÉÀÈôõòÚùÌÕÜ¢£Ù₧Ó\
    áíóúñÑªº¿Ò¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// IBM code page 861.
const PC861: &str = "\
    ÇüéâäàåçêëèÐðÞÄÅÉæÆôöþûÝýÖÜø£Ø₧ƒ\
    áíóúÁÍÓÚ¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// IBM code page 862.
const PC862: &str = "\
    \u{5d0}\u{5d1}\u{5d2}\u{5d3}\u{5d4}\u{5d5}\u{5d6}\u{5d7}\u{5d8}\u{5d9}\u{5da}\u{5db}\u{5dc}\u{5dd}\u{5de}\u{5df}\u{5e0}\u{5e1}\u{5e2}\u{5e3}\u{5e4}\u{5e5}\u{5e6}\u{5e7}\u{5e8}\u{5e9}\u{5ea}¢£¥₧ƒ\
    áíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// IBM code page 863.
const PC863: &str = "\
    ÇüéâÂà¶çêëèïî‗À§ÉÈÊôËÏûù¤ÔÜ¢£ÙÛƒ\
    ¦´óú¨¸³¯Î⌐¬½¼¾«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// IBM code page 865.
const PC865: &str = "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø₧ƒ\
    áíóúñÑªº¿⌐¬½¼¡«¤░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// IBM code page 869.
const PC869: &str = "\
    \u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}Ά\u{fffd}·¬¦‘’Έ―ΉΊΪΌ\u{fffd}\u{fffd}ΎΫ©Ώ²³ά£έήί\
    ϊΐόύΑΒΓΔΕΖΗ½ΘΙ«»░▒▓│┤ΚΛΜΝ╣║╗╝ΞΟ┐\
    └┴┬├─┼ΠΡ╚╔╩╦╠═╬ΣΤΥΦΧΨΩαβγ┘┌█▄δε▀\
    ζηθικλμνξοπρσςτ΄\u{ad}±υφχ§ψ΅°¨ωϋΰώ■\u{a0}";

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// Numbers of `ESC t`, and what Python calls them.
    const PYTHON_NAMES: &str = "0 cp437 2 cp850 3 cp860 4 cp863 5 cp865 13 cp857 14 cp737 15 iso8859-7 \
        16 cp1252 17 cp866 18 cp852 19 cp858 33 cp775 34 cp855 35 cp861 36 cp862 38 cp869 39 iso8859-2 \
        40 iso8859-15 45 cp1250 46 cp1251 47 cp1253 48 cp1254 49 cp1255 50 cp1256 51 cp1257";

    /// Prints the 128 upper characters of each page as one line of numbers; 0 where it has none.
    const SCRIPT: &str = "
import sys
for name in sys.argv[1:]:
    row = []
    for byte in range(128, 256):
        try: sign = ord(bytes([byte]).decode(name))
        except UnicodeDecodeError: sign = 0
        row.append(str(sign if sign >= 160 else 0))
    print(' '.join(row))
";

    #[test]
    fn the_pages_are_those_of_python() {
        let words: Vec<&str> = PYTHON_NAMES.split_whitespace().collect();
        let names = words.chunks(2).map(|pair| pair[1]);
        let said = Command::new("python3")
            .arg("-c")
            .arg(SCRIPT)
            .args(names)
            .output()
            .expect("python3, of tests/setup-debian.sh");
        assert!(said.status.success(), "{said:?}");
        let rows = String::from_utf8(said.stdout).unwrap();
        assert_eq!(rows.lines().count(), PAGES.len() - 1, "katakana apart");
        for (pair, row) in words.chunks(2).zip(rows.lines()) {
            let mut page = CodePage::default();
            assert!(page.select(pair[0].parse().unwrap()), "{pair:?}");
            let ours: Vec<String> = (0x80..=0xff)
                .map(|byte| {
                    // The Web's windows-1255 has one accent more.
                    if (pair[0], byte) == ("49", 0xca) {
                        return "0".to_owned();
                    }
                    let sign = page.character(byte).map_or(0, u32::from);
                    sign.to_string()
                })
                .collect();
            assert_eq!(ours.join(" "), row, "{pair:?}");
        }
    }

    #[test]
    fn national_sets_replace_twelve_signs() {
        let mut page = CodePage::default();
        for (number, expected) in [
            (1, "#$à°ç§^`éùè¨"),
            (2, "#$§ÄÖÜ^`äöüß"),
            (0, "#$@[\\]^`{|}~"),
        ] {
            assert!(page.select_national(number));
            let read: String = REPLACED
                .iter()
                .filter_map(|byte| page.character(*byte))
                .collect();
            assert_eq!(read, expected);
        }
        for set in NATIONAL {
            assert_eq!(set.chars().count(), REPLACED.len(), "{set}");
        }
        assert!(!page.select_national(99) && !page.select(99));
        assert_eq!(page.character(b'@'), Some('@'), "nothing changed");
    }
}
