//! What a byte of text stands for: code pages by `ESC t` and the national sets of `ESC R`.
//!
//! The two pages that mails are written in too are in `single_byte`; the others are here.

use crate::single_byte::{ISO_8859_15, SingleByte, WINDOWS_1252};

/// Where a code page comes from.
#[derive(Debug, Clone, Copy)]
enum Page {
    Signs(SingleByte),
    /// Half-width katakana from 0xA1 on (JIS X 0201).
    Katakana,
}

/// Numbers of `ESC t` in Epson's table.
const PAGES: &[(u8, Page)] = &[
    (0, Page::Signs(PC437)),
    (1, Page::Katakana),
    (2, Page::Signs(PC850)),
    (3, Page::Signs(PC860)),
    (4, Page::Signs(PC863)),
    (5, Page::Signs(PC865)),
    (13, Page::Signs(PC857)),
    (14, Page::Signs(PC737)),
    (15, Page::Signs(ISO_8859_7)),
    (16, Page::Signs(WINDOWS_1252)),
    (17, Page::Signs(IBM866)),
    (18, Page::Signs(PC852)),
    (19, Page::Signs(PC858)),
    (33, Page::Signs(PC775)),
    (34, Page::Signs(PC855)),
    (35, Page::Signs(PC861)),
    (36, Page::Signs(PC862)),
    (38, Page::Signs(PC869)),
    (39, Page::Signs(ISO_8859_2)),
    (40, Page::Signs(ISO_8859_15)),
    (45, Page::Signs(WINDOWS_1250)),
    (46, Page::Signs(WINDOWS_1251)),
    (47, Page::Signs(WINDOWS_1253)),
    (48, Page::Signs(WINDOWS_1254)),
    (49, Page::Signs(WINDOWS_1255)),
    (50, Page::Signs(WINDOWS_1256)),
    (51, Page::Signs(WINDOWS_1257)),
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
            page: Page::Signs(PC437),
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
        let character = match REPLACED.iter().position(|replaced| *replaced == byte) {
            Some(place) => self.national.chars().nth(place)?,
            None if byte < 0x80 => char::from(byte),
            None => self.upper(byte)?,
        };
        (!character.is_control()).then_some(character)
    }

    fn upper(&self, byte: u8) -> Option<char> {
        match self.page {
            Page::Signs(signs) => signs.character(byte),
            Page::Katakana => {
                let place = byte.checked_sub(0xa1).filter(|place| *place < 63)?;
                char::from_u32(0xff61 + u32::from(place))
            }
        }
    }
}

/// IBM code page 437.
const PC437: SingleByte = SingleByte(
    "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ\
    áíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
);

/// IBM code page 737.
const PC737: SingleByte = SingleByte(
    "\
    ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθ\
    ικλμνξοπρσςτυφχψ░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    ωάέήϊίόύϋώΆΈΉΊΌΎΏ±≥≤ΪΫ÷≈°∙·√ⁿ²■\u{a0}",
);

/// IBM code page 775.
const PC775: SingleByte = SingleByte(
    "\
    ĆüéāäģåćłēŖŗīŹÄÅÉæÆōöĢ¢ŚśÖÜø£Ø×¤\
    ĀĪóŻżź”¦©®¬½¼Ł«»░▒▓│┤ĄČĘĖ╣║╗╝ĮŠ┐\
    └┴┬├─┼ŲŪ╚╔╩╦╠═╬Žąčęėįšųūž┘┌█▄▌▐▀\
    ÓßŌŃõÕµńĶķĻļņĒŅ’\u{ad}±“¾¶§÷„°∙·¹³²■\u{a0}",
);

/// IBM code page 850.
const PC850: SingleByte = SingleByte(
    "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒ\
    áíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
    └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀\
    ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}",
);

/// IBM code page 852.
const PC852: SingleByte = SingleByte(
    "\
    ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×č\
    áíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐\
    └┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀\
    ÓßÔŃńňŠšŔÚŕŰýÝţ´\u{ad}˝˛ˇ˘§÷¸°¨˙űŘř■\u{a0}",
);

/// IBM code page 855.
const PC855: SingleByte = SingleByte(
    "\
    ђЂѓЃёЁєЄѕЅіІїЇјЈљЉњЊћЋќЌўЎџЏюЮъЪ\
    аАбБцЦдДеЕфФгГ«»░▒▓│┤хХиИ╣║╗╝йЙ┐\
    └┴┬├─┼кК╚╔╩╦╠═╬¤лЛмМнНоОп┘┌█▄Пя▀\
    ЯрРсСтТуУжЖвВьЬ№\u{ad}ыЫзЗшШэЭщЩчЧ§■\u{a0}",
);

/// IBM code page 857.
const PC857: SingleByte = SingleByte(
    "\
    ÇüéâäàåçêëèïîıÄÅÉæÆôöòûùİÖÜø£ØŞş\
    áíóúñÑĞğ¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
    └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ºªÊËÈ\u{fffd}ÍÎÏ┘┌█▄¦Ì▀\
    ÓßÔÒõÕµ\u{fffd}×ÚÛÙìÿ¯´\u{ad}±\u{fffd}¾¶§÷¸°¨·¹³²■\u{a0}",
);

/// IBM code page 858.
const PC858: SingleByte = SingleByte(
    "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒ\
    áíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
    └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈ€ÍÎÏ┘┌█▄¦Ì▀\
    ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}",
);

/// IBM code page 860.
const PC860: SingleByte = SingleByte(
    "\
    ÇüéâãàÁçêÊèÍÔìÃÂÉÀÈôõòÚùÌÕÜ¢£Ù₧Ó\
    áíóúñÑªº¿Ò¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
);

/// IBM code page 861.
const PC861: SingleByte = SingleByte(
    "\
    ÇüéâäàåçêëèÐðÞÄÅÉæÆôöþûÝýÖÜø£Ø₧ƒ\
    áíóúÁÍÓÚ¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
);

/// IBM code page 862.
const PC862: SingleByte = SingleByte(
    "\
    \u{5d0}\u{5d1}\u{5d2}\u{5d3}\u{5d4}\u{5d5}\u{5d6}\u{5d7}\u{5d8}\u{5d9}\u{5da}\u{5db}\u{5dc}\u{5dd}\u{5de}\u{5df}\u{5e0}\u{5e1}\u{5e2}\u{5e3}\u{5e4}\u{5e5}\u{5e6}\u{5e7}\u{5e8}\u{5e9}\u{5ea}¢£¥₧ƒ\
    áíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
);

/// IBM code page 863.
const PC863: SingleByte = SingleByte(
    "\
    ÇüéâÂà¶çêëèïî‗À§ÉÈÊôËÏûù¤ÔÜ¢£ÙÛƒ\
    ¦´óú¨¸³¯Î⌐¬½¼¾«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
);

/// IBM code page 865.
const PC865: SingleByte = SingleByte(
    "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø₧ƒ\
    áíóúñÑªº¿⌐¬½¼¡«¤░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}",
);

/// IBM code page 869.
const PC869: SingleByte = SingleByte(
    "\
    \u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}Ά\u{fffd}·¬¦‘’Έ―ΉΊΪΌ\u{fffd}\u{fffd}ΎΫ©Ώ²³ά£έήί\
    ϊΐόύΑΒΓΔΕΖΗ½ΘΙ«»░▒▓│┤ΚΛΜΝ╣║╗╝ΞΟ┐\
    └┴┬├─┼ΠΡ╚╔╩╦╠═╬ΣΤΥΦΧΨΩαβγ┘┌█▄δε▀\
    ζηθικλμνξοπρσςτ΄\u{ad}±υφχ§ψ΅°¨ωϋΰώ■\u{a0}",
);

/// Windows code page 1250.
const WINDOWS_1250: SingleByte = SingleByte(
    "\
    €\u{81}‚\u{83}„…†‡\u{88}‰Š‹ŚŤŽŹ\u{90}‘’“”•–—\u{98}™š›śťžź\
    \u{a0}ˇ˘Ł¤Ą¦§¨©Ş«¬\u{ad}®Ż°±˛ł´µ¶·¸ąş»Ľ˝ľż\
    ŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢß\
    ŕáâăäĺćçčéęëěíîďđńňóôőö÷řůúűüýţ˙",
);

/// Windows code page 1251.
const WINDOWS_1251: SingleByte = SingleByte(
    "\
    ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—\u{98}™љ›њќћџ\
    \u{a0}ЎўЈ¤Ґ¦§Ё©Є«¬\u{ad}®Ї°±Ііґµ¶·ё№є»јЅѕї\
    АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ\
    абвгдежзийклмнопрстуфхцчшщъыьэюя",
);

/// Windows code page 1253.
const WINDOWS_1253: SingleByte = SingleByte(
    "\
    €\u{81}‚ƒ„…†‡\u{88}‰\u{8a}‹\u{8c}\u{8d}\u{8e}\u{8f}\u{90}‘’“”•–—\u{98}™\u{9a}›\u{9c}\u{9d}\u{9e}\u{9f}\
    \u{a0}΅Ά£¤¥¦§¨©\u{fffd}«¬\u{ad}®―°±²³΄µ¶·ΈΉΊ»Ό½ΎΏ\
    ΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡ\u{fffd}ΣΤΥΦΧΨΩΪΫάέήί\
    ΰαβγδεζηθικλμνξοπρςστυφχψωϊϋόύώ\u{fffd}",
);

/// Windows code page 1254.
const WINDOWS_1254: SingleByte = SingleByte(
    "\
    €\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}\u{8e}\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}\u{9e}Ÿ\
    \u{a0}¡¢£¤¥¦§¨©ª«¬\u{ad}®¯°±²³´µ¶·¸¹º»¼½¾¿\
    ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏĞÑÒÓÔÕÖ×ØÙÚÛÜİŞß\
    àáâãäåæçèéêëìíîïğñòóôõö÷øùúûüışÿ",
);

/// Windows code page 1255, with one accent more (0xCA), as on the Web.
const WINDOWS_1255: SingleByte = SingleByte(
    "\
    €\u{81}‚ƒ„…†‡ˆ‰\u{8a}‹\u{8c}\u{8d}\u{8e}\u{8f}\u{90}‘’“”•–—˜™\u{9a}›\u{9c}\u{9d}\u{9e}\u{9f}\
    \u{a0}¡¢£₪¥¦§¨©×«¬\u{ad}®¯°±²³´µ¶·¸¹÷»¼½¾¿\
    \u{5b0}\u{5b1}\u{5b2}\u{5b3}\u{5b4}\u{5b5}\u{5b6}\u{5b7}\u{5b8}\u{5b9}\u{5ba}\u{5bb}\u{5bc}\u{5bd}\u{5be}\u{5bf}\u{5c0}\u{5c1}\u{5c2}\u{5c3}\u{5f0}\u{5f1}\u{5f2}\u{5f3}\u{5f4}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\
    \u{5d0}\u{5d1}\u{5d2}\u{5d3}\u{5d4}\u{5d5}\u{5d6}\u{5d7}\u{5d8}\u{5d9}\u{5da}\u{5db}\u{5dc}\u{5dd}\u{5de}\u{5df}\u{5e0}\u{5e1}\u{5e2}\u{5e3}\u{5e4}\u{5e5}\u{5e6}\u{5e7}\u{5e8}\u{5e9}\u{5ea}\u{fffd}\u{fffd}\u{200e}\u{200f}\u{fffd}",
);

/// Windows code page 1256.
const WINDOWS_1256: SingleByte = SingleByte(
    "\
    €\u{67e}‚ƒ„…†‡ˆ‰\u{679}‹Œ\u{686}\u{698}\u{688}\u{6af}‘’“”•–—\u{6a9}™\u{691}›œ\u{200c}\u{200d}\u{6ba}\
    \u{a0}،¢£¤¥¦§¨©\u{6be}«¬\u{ad}®¯°±²³´µ¶·¸¹\u{61b}»¼½¾\u{61f}\
    \u{6c1}\u{621}\u{622}\u{623}\u{624}\u{625}\u{626}\u{627}\u{628}\u{629}\u{62a}\u{62b}\u{62c}\u{62d}\u{62e}\u{62f}\u{630}\u{631}\u{632}\u{633}\u{634}\u{635}\u{636}×\u{637}\u{638}\u{639}\u{63a}\u{640}\u{641}\u{642}\u{643}\
    à\u{644}â\u{645}\u{646}\u{647}\u{648}çèéêë\u{649}\u{64a}îï\u{64b}\u{64c}\u{64d}\u{64e}ô\u{64f}\u{650}÷\u{651}ù\u{652}ûü\u{200e}\u{200f}\u{6d2}",
);

/// Windows code page 1257.
const WINDOWS_1257: SingleByte = SingleByte(
    "\
    €\u{81}‚\u{83}„…†‡\u{88}‰\u{8a}‹\u{8c}¨ˇ¸\u{90}‘’“”•–—\u{98}™\u{9a}›\u{9c}¯˛\u{9f}\
    \u{a0}\u{fffd}¢£¤\u{fffd}¦§Ø©Ŗ«¬\u{ad}®Æ°±²³´µ¶·ø¹ŗ»¼½¾æ\
    ĄĮĀĆÄÅĘĒČÉŹĖĢĶĪĻŠŃŅÓŌÕÖ×ŲŁŚŪÜŻŽß\
    ąįāćäåęēčéźėģķīļšńņóōõö÷ųłśūüżž˙",
);

/// ISO 8859-2.
const ISO_8859_2: SingleByte = SingleByte(
    "\
    \u{a0}Ą˘Ł¤ĽŚ§¨ŠŞŤŹ\u{ad}ŽŻ°ą˛ł´ľśˇ¸šşťź˝žż\
    ŔÁÂĂÄĹĆÇČÉĘËĚÍÎĎĐŃŇÓÔŐÖ×ŘŮÚŰÜÝŢß\
    ŕáâăäĺćçčéęëěíîďđńňóôőö÷řůúűüýţ˙",
);

/// ISO 8859-7.
const ISO_8859_7: SingleByte = SingleByte(
    "\
    \u{a0}‘’£€₯¦§¨©ͺ«¬\u{ad}\u{fffd}―°±²³΄΅Ά·ΈΉΊ»Ό½ΎΏ\
    ΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡ\u{fffd}ΣΤΥΦΧΨΩΪΫάέήί\
    ΰαβγδεζηθικλμνξοπρςστυφχψωϊϋόύώ\u{fffd}",
);

/// IBM code page 866.
const IBM866: SingleByte = SingleByte(
    "\
    АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ\
    абвгдежзийклмноп░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    рстуфхцчшщъыьэюяЁёЄєЇїЎў°∙·√№¤■\u{a0}",
);

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
