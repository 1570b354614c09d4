//! Takes HTML apart into letters and tags, for the shop's own message.
//!
//! This needs to be good, not exact: what is made of it is written anew from a list of what is allowed
//! (`message.rs`), and nothing of the input is ever copied as markup. A reader that is fooled makes a
//! poorer message, never a dangerous one. The well-kept ways cost 0.4 MB (html5gum) to 1.1 MB (ammonia).

/// A piece of HTML.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Letters, as they were given: character references are not read yet.
    Letters(&'a str),
    Open(Tag<'a>),
    /// Name in small letters.
    Close(String),
    /// A comment, a doctype or a processing instruction.
    Aside,
}

/// An opening tag.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// In small letters.
    pub(super) name: String,
    /// Names in small letters; values as they were given.
    pub(super) attributes: Vec<(String, &'a str)>,
}

/// Elements whose content is no text: it goes with them.
pub(super) const UNREAD: [&str; 12] = [
    "script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "noscript",
    "template", "object", "select",
];

/// Gives the pieces of HTML one after the other.
pub(super) struct Pieces<'a> {
    rest: &'a str,
}

impl<'a> Pieces<'a> {
    pub(super) fn of(html: &'a str) -> Self {
        Pieces { rest: html }
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn letters(&mut self) -> Piece<'a> {
        let least = self.rest.chars().next().map_or(0, char::len_utf8);
        let behind = self.rest.get(least..).unwrap_or_default();
        let bytes = behind.find('<').map_or(self.rest.len(), |at| at + least);
        Piece::Letters(self.take(bytes))
    }

    fn until(&mut self, end: &str) -> Piece<'a> {
        let bytes = self.rest.find(end).map(|at| at + end.len());
        self.take(bytes.unwrap_or(self.rest.len()));
        Piece::Aside
    }

    fn name(&mut self) -> String {
        let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>');
        let bytes = self.rest.find(ends).unwrap_or(self.rest.len());
        self.take(bytes).to_ascii_lowercase()
    }

    fn close(&mut self) -> Piece<'a> {
        self.take("</".len());
        let name = self.name();
        self.until(">");
        Piece::Close(name)
    }

    fn open(&mut self) -> Piece<'a> {
        self.take("<".len());
        let name = self.name();
        let mut attributes = Vec::new();
        loop {
            self.rest = self
                .rest
                .trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            if self.rest.is_empty() || self.rest.starts_with('>') {
                self.take(">".len());
                break;
            }
            attributes.push(self.attribute());
        }
        if UNREAD.contains(&name.as_str()) {
            self.skip_content(&name);
        }
        Piece::Open(Tag { name, attributes })
    }

    fn attribute(&mut self) -> (String, &'a str) {
        // A "=" in the first place belongs to the name, as HTML says.
        let first = self.rest.chars().next().map_or(0, char::len_utf8);
        let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '=');
        let behind = self.rest.get(first..).unwrap_or_default();
        let bytes = behind.find(ends).map_or(self.rest.len(), |at| at + first);
        let name = self.take(bytes).to_ascii_lowercase();
        let Some(value) = self.rest.trim_ascii_start().strip_prefix('=') else {
            return (name, "");
        };
        self.rest = value.trim_ascii_start();
        (name, self.value())
    }

    fn value(&mut self) -> &'a str {
        if let Some(quote) = self.rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
            self.take(1);
            let bytes = self.rest.find(quote).unwrap_or(self.rest.len());
            let value = self.take(bytes);
            self.take(1);
            return value;
        }
        let ends = |c: char| c.is_ascii_whitespace() || c == '>';
        let bytes = self.rest.find(ends).unwrap_or(self.rest.len());
        self.take(bytes)
    }

    /// Goes to the closing tag of an element whose content is not read, or to the end.
    fn skip_content(&mut self, name: &str) {
        let mut from = 0;
        while let Some(at) = self.rest.get(from..).and_then(|rest| rest.find("</")) {
            let here = from + at;
            let after = self.rest.get(here + 2..).unwrap_or_default();
            let is_name = after
                .get(..name.len())
                .is_some_and(|found| found.eq_ignore_ascii_case(name));
            if is_name {
                self.take(here);
                return;
            }
            from = here + 2;
        }
        self.rest = "";
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let mut characters = self.rest.chars();
        let (first, second) = (characters.next()?, characters.next());
        Some(match (first, second) {
            ('<', Some('!')) if self.rest.starts_with("<!--") => self.until("-->"),
            ('<', Some('!' | '?')) => self.until(">"),
            ('<', Some('/')) if characters.next().is_some_and(|c| c.is_ascii_alphabetic()) => {
                self.close()
            }
            ('<', Some(letter)) if letter.is_ascii_alphabetic() => self.open(),
            _ => self.letters(),
        })
    }
}

/// Character references that editors write, beside numbers; a name that is not here stays as it is.
const NAMED: &[(&str, char)] = &[
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("iexcl", '¡'),
    ("cent", '¢'),
    ("pound", '£'),
    ("sect", '§'),
    ("copy", '©'),
    ("laquo", '«'),
    ("reg", '®'),
    ("deg", '°'),
    ("plusmn", '±'),
    ("middot", '·'),
    ("raquo", '»'),
    ("frac12", '½'),
    ("iquest", '¿'),
    ("Agrave", 'À'),
    ("Acirc", 'Â'),
    ("Auml", 'Ä'),
    ("AElig", 'Æ'),
    ("Ccedil", 'Ç'),
    ("Egrave", 'È'),
    ("Eacute", 'É'),
    ("Ecirc", 'Ê'),
    ("Euml", 'Ë'),
    ("Icirc", 'Î'),
    ("Iuml", 'Ï'),
    ("Ocirc", 'Ô'),
    ("Ouml", 'Ö'),
    ("times", '×'),
    ("Ugrave", 'Ù'),
    ("Ucirc", 'Û'),
    ("Uuml", 'Ü'),
    ("szlig", 'ß'),
    ("agrave", 'à'),
    ("aacute", 'á'),
    ("acirc", 'â'),
    ("auml", 'ä'),
    ("aelig", 'æ'),
    ("ccedil", 'ç'),
    ("egrave", 'è'),
    ("eacute", 'é'),
    ("ecirc", 'ê'),
    ("euml", 'ë'),
    ("iacute", 'í'),
    ("icirc", 'î'),
    ("iuml", 'ï'),
    ("ntilde", 'ñ'),
    ("oacute", 'ó'),
    ("ocirc", 'ô'),
    ("ouml", 'ö'),
    ("ugrave", 'ù'),
    ("uacute", 'ú'),
    ("ucirc", 'û'),
    ("uuml", 'ü'),
    ("yuml", 'ÿ'),
    ("OElig", 'Œ'),
    ("oelig", 'œ'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("sbquo", '‚'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("bdquo", '„'),
    ("bull", '•'),
    ("hellip", '…'),
    ("lsaquo", '‹'),
    ("rsaquo", '›'),
    ("euro", '€'),
    ("trade", '™'),
    ("rarr", '→'),
    ("hearts", '♥'),
    ("ensp", '\u{2002}'),
    ("emsp", '\u{2003}'),
    ("thinsp", '\u{2009}'),
    ("shy", '\u{ad}'),
    ("zwnj", '\u{200c}'),
    ("zwj", '\u{200d}'),
];

/// Longest reference that is read, in bytes.
const LONGEST_REFERENCE: usize = 12;

/// Reads character references.
pub(super) fn decoded(given: &str) -> String {
    let mut read = String::with_capacity(given.len());
    let mut rest = given;
    while let Some(at) = rest.find('&') {
        read.push_str(rest.get(..at).unwrap_or_default());
        rest = rest.get(at..).unwrap_or_default();
        match reference(rest) {
            Some((character, bytes)) => {
                read.push(character);
                rest = rest.get(bytes..).unwrap_or_default();
            }
            None => {
                read.push('&');
                rest = rest.get(1..).unwrap_or_default();
            }
        }
    }
    read.push_str(rest);
    read
}

fn reference(rest: &str) -> Option<(char, usize)> {
    let end = rest
        .bytes()
        .take(LONGEST_REFERENCE)
        .position(|b| b == b';')?;
    let name = rest.get(1..end)?;
    let character = match name.strip_prefix('#') {
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?).filter(|c| !c.is_control())?
        }
        None => NAMED.iter().find(|(known, _)| *known == name)?.1,
    };
    Some((character, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(html: &str) -> String {
        let pieces = Pieces::of(html).map(|piece| match piece {
            Piece::Letters(letters) => format!("[{letters}]"),
            Piece::Open(tag) => format!("<{}{:?}>", tag.name, tag.attributes),
            Piece::Close(name) => format!("</{name}>"),
            Piece::Aside => "!".to_owned(),
        });
        pieces.collect()
    }

    #[test]
    fn html_comes_apart() {
        for (html, expected) in [
            ("", ""),
            ("a <b>b</B>", "[a ]<b[]>[b]</b>"),
            ("1 < 2 <3", "[1 ][< 2 ][<3]"),
            (
                "<a href='x>y' B=\"'\" c=d/ e>",
                r#"<a[("href", "x>y"), ("b", "'"), ("c", "d/"), ("e", "")]>"#,
            ),
            ("<br/>", "<br[]>"),
            ("<a = b>", r#"<a[("=", ""), ("b", "")]>"#),
            ("<!-- <b> -->x<!doctype html><?php ?>", "![x]!!"),
            (
                "<script>if (a</b) '<p>'</SCRIPT >x",
                "<script[]></script>[x]",
            ),
            ("<script>never", "<script[]>"),
            ("<p", "<p[]>"),
            ("<p class=\"", r#"<p[("class", "")]>"#),
            ("</p", "</p>"),
            ("</>é<", "[</>é][<]"),
            ("<!--", "!"),
        ] {
            assert_eq!(told(html), expected, "{html}");
        }
    }

    #[test]
    fn references_are_read_once() {
        for (given, expected) in [
            (
                "&eacute;&amp;lt;&#233;&#xE9;&#x;&#0;&#10;",
                "é&lt;éé&#x;&#0;&#10;",
            ),
            ("R&D; &unknown; &", "R&D; &unknown; &"),
            ("&euro;&nbsp;", "€\u{a0}"),
            ("&#1114112;&#xd800;", "&#1114112;&#xd800;"),
        ] {
            assert_eq!(decoded(given), expected, "{given}");
        }
    }
}
