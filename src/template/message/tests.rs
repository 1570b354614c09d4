use super::*;

#[test]
fn what_a_shop_writes_stays() {
    for (given, expected) in [
        ("Merci !", "Merci !"),
        (
            "Merci !\nÀ bientôt\r\nParis",
            "Merci !<br>\nÀ bientôt<br>\nParis",
        ),
        ("<p>Merci\nencore</p>", "<p>Merci\nencore</p>"),
        ("<b>a<i>b</i></b><br/>", "<b>a<i>b</i></b><br>"),
        ("R&D &eacute;&nbsp;&lt;3", "R&amp;D é\u{a0}&lt;3"),
        (
            "<a href=\"https://a.fr/?b=1&amp;c=2\" title=\"x\">a</a>",
            "<a href=\"https://a.fr/?b=1&amp;c=2\" title=\"x\">a</a>",
        ),
        (
            "<a href='MAILTO:a@b.fr'>a</a>",
            "<a href=\"MAILTO:a@b.fr\">a</a>",
        ),
        (
            "<img src=cid:logo2 width=50% alt='Logo'>",
            "<img src=\"cid:logo2\" width=\"50%\" alt=\"Logo\">",
        ),
        ("<img src=cid:logo1>", "<img src=\"cid:logo1\" alt=\"\">"),
        (
            "<font color=red size=4 face=\"Times New Roman\">a</font>",
            "<font color=\"red\" size=\"4\" face=\"Times New Roman\">a</font>",
        ),
        (
            "<P STYLE='color:red;font-family:\"A B\"'>a</P>",
            "<p style=\"color:red;font-family:&quot;A B&quot;\">a</p>",
        ),
        ("<ul><li>a<li>b</ul>c", "<ul><li>a</li><li>b</li></ul>c"),
        (
            "<ul><li>a<ul><li>b</ul><li>c</ul>",
            "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>",
        ),
        (
            "<table><tr><td>a<td>b<tr><td colspan=2>c</table>",
            "<table><tr><td>a</td><td>b</td></tr><tr><td colspan=\"2\">c</td></tr></table>",
        ),
        (
            "<table><tr><td><table><tr><td>a</table>b<td>c</table>",
            "<table><tr><td><table><tr><td>a</td></tr></table>b</td><td>c</td></tr></table>",
        ),
        ("<p>a<p>b<div>c", "<p>a</p><p>b</p><div>c</div>"),
        (
            "<html><head><title>x</title></head><body class=y>a</body></html>",
            "a",
        ),
    ] {
        let made = cleaned(given);
        assert_eq!(
            (made.html.as_str(), made.taken),
            (expected, vec![]),
            "{given}"
        );
    }
}

#[test]
fn what_could_harm_goes_and_is_told() {
    for (given, expected, taken) in [
        ("a<script>alert(1)</script>b", "ab", "<script>"),
        ("<style>p{}</style>a", "a", "<style>"),
        ("<p onclick=\"x()\">a</p>", "<p>a</p>", "onclick"),
        (
            "<form action=x><input name=y>a</form>",
            "a",
            "<form> <input>",
        ),
        (
            "<img src=https://a.fr/x.png alt=\"Une <b>\">",
            "Une &lt;b&gt;",
            "<img src>",
        ),
        ("<img src=data:image/png;base64,xx>", "", "<img src>"),
        ("<img src=cid:barcode>", "", "<img src>"),
        ("<a href=javascript:x>a</a>", "<a>a</a>", "href"),
        ("<a href=\"java&#115;cript:x\">a</a>", "<a>a</a>", "href"),
        ("<a href=\"https://a.fr/ x\">a</a>", "<a>a</a>", "href"),
        ("<a href=data:text/html,x>a</a>", "<a>a</a>", "href"),
        (
            "<p style=\"background:url(x);color:red\">a</p>",
            "<p style=\"color:red\">a</p>",
            "style: background",
        ),
        (
            "<svg><p><style><img src=x></style></svg>b",
            "<p>b</p>",
            "<style> <svg>",
        ),
        ("<iframe src=x>fallback</iframe>a", "a", "<iframe>"),
        (
            "<a href=https://b.fr href=javascript:x>a</a>",
            "<a href=\"https://b.fr\">a</a>",
            "",
        ),
        (
            "<a title=\"x\" href=https://b.fr title='\" onclick=x y=\"'>a",
            "<a title=\"x\" href=\"https://b.fr\">a</a>",
            "",
        ),
        ("</td></tr></table></body><b>a", "<b>a</b>", ""),
        ("<td>a</td><li>b</li>", "ab", ""),
        ("<table><td>a</table>", "<table>a</table>", ""),
        ("<x:y onload=z>a</x:y><a\u{a0}b>c", "ac", "<a\u{a0}b> <x:y>"),
        ("a\u{0}\u{1b}b", "ab", ""),
    ] {
        let made = cleaned(given);
        assert_eq!(
            (made.html.as_str(), made.taken.join(" ").as_str()),
            (expected, taken),
            "{given}"
        );
    }
}

#[test]
fn a_message_becomes_words_for_the_text_part() {
    for (given, expected) in [
        ("Merci !\nÀ bientôt", "Merci !\nÀ bientôt"),
        (
            "<p>Merci\n  de <b>votre</b> visite</p><p>À bientôt</p>",
            "Merci de votre visite\n\nÀ bientôt",
        ),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("a <b>b</b>c <i> d</i>", "a bc d"),
        (
            "<h2>Soldes</h2><ul><li>Robes<li>Vestes</ul>Venez !",
            "Soldes\n\n- Robes\n- Vestes\n\nVenez !",
        ),
        (
            "<table><tr><td>Lundi<td>9 h</tr><tr><td>Mardi<td>10 h</table>",
            "Lundi 9 h\nMardi 10 h",
        ),
        (
            "<a href=https://a.fr>Le site</a>, <a href=https://a.fr>https://a.fr</a>",
            "Le site (https://a.fr), https://a.fr",
        ),
        ("<a href=mailto:a@b.fr>a@b.fr</a>", "a@b.fr"),
        (
            "<img src=cid:logo1 alt='Notre logo'> a<hr>b",
            "Notre logo a\n----------\nb",
        ),
        ("1 &lt; 2 &amp; 3 <script>x</script>", "1 < 2 & 3"),
        ("", ""),
    ] {
        assert_eq!(plain(given), expected, "{given}");
    }
}

/// A reader that knows the standard, and not us, finds only what is allowed, and every element closed.
#[test]
fn nothing_but_the_list_comes_out_whatever_goes_in() {
    let scraps = [
        "<",
        ">",
        "</",
        "/>",
        "\"",
        "'",
        "=",
        "<p>",
        "<b ",
        "<script>",
        "</script>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<svg>",
        "<math>",
        "<style>",
        "</style>",
        "<title>",
        "<table>",
        "<tr>",
        "<td>",
        "</td>",
        "</table>",
        "<li>",
        "<ul>",
        "<a href=",
        "javascript:",
        "https://a.fr",
        "<img src=",
        "cid:logo1",
        "onerror=x",
        " style=",
        "color:red",
        "url(",
        "&lt;",
        "&quot;",
        "&#60;",
        "&#x3c;script&gt;",
        "\u{0}",
        "\n",
        "é",
        "<textarea>",
        "<noscript>",
        "<plaintext>",
        "<template>",
        "<mglyph>",
        "<xmp>",
        "`",
        " ",
        "x",
        "&",
        "&amp",
        "<?xml",
        "<br",
        "<font color=\"",
        "</p>",
        "</b",
        "<select>",
        "<option>",
    ];
    let mut seed: u64 = 0x5eed;
    let mut next = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % u64::try_from(below).unwrap()).unwrap()
    };
    for _ in 0..20_000 {
        let given: String = (0..next(14) + 2)
            .map(|_| scraps[next(scraps.len())])
            .collect();
        let html = cleaned(&given).html;
        let mut open: Vec<Vec<u8>> = Vec::new();
        for token in html5gum::Tokenizer::new(&html) {
            match token.unwrap() {
                html5gum::Token::StartTag(tag) => {
                    let name = String::from_utf8(tag.name.0.clone()).unwrap();
                    let known = ELEMENTS.iter().find(|(known, _)| *known == name);
                    let (_, kind) = known.unwrap_or_else(|| panic!("{given} gives {html}"));
                    for (attribute, value) in &tag.attributes {
                        let attribute = String::from_utf8(attribute.0.clone()).unwrap();
                        let value = String::from_utf8(value.value.0.clone()).unwrap();
                        let allowed = match attribute.as_str() {
                            "style" => !value.contains(['(', '\\']),
                            attribute => is_allowed(&name, attribute, &value),
                        };
                        assert!(allowed, "{given} gives {html}");
                    }
                    if *kind != Kind::Void {
                        open.push(tag.name.0);
                    }
                }
                html5gum::Token::EndTag(tag) => {
                    assert_eq!(open.pop(), Some(tag.name.0), "{given} gives {html}");
                }
                html5gum::Token::String(_) => {}
                other => panic!("{given} gives {html}: {other:?}"),
            }
        }
        assert!(open.is_empty(), "{given} gives {html}");
        if html.contains('<') {
            let again = cleaned(&html);
            let taken = again.taken.is_empty();
            assert!(
                taken && again.html == html.trim(),
                "clean is clean: {given} gives {html}"
            );
        }
    }
}
