//! The mark of a test or of a receipt that is sent again: in front of the subject, first line of the
//! text, top of the HTML. A mark that is there already is taken away first, so that the fourth copy says
//! 3, not 3 2 1.

use super::reading::Parts;

/// Between mark and subject.
const BEFORE_SUBJECT: &str = " – ";

/// Marks a subject; `before` is the mark it has.
pub(crate) fn subject(given: &str, before: Option<&str>, mark: &str) -> String {
    let old = before.map(|before| format!("{before}{BEFORE_SUBJECT}"));
    let plain = old
        .and_then(|old| given.strip_prefix(&old))
        .unwrap_or(given);
    format!("{mark}{BEFORE_SUBJECT}{plain}")
}

/// Marks text and HTML, where they are.
pub(super) fn parts(parts: &mut Parts, before: Option<&str>, mark: &str) {
    if let Some(given) = &mut parts.text {
        let old = before.map(line);
        let plain = old
            .and_then(|old| given.strip_prefix(&old))
            .unwrap_or(given);
        *given = line(mark) + plain;
    }
    if let Some(given) = &mut parts.html {
        let mut plain = match before {
            Some(before) => given.replacen(&banner(before), "", 1),
            None => given.clone(),
        };
        plain.insert_str(top(&plain), &banner(mark));
        *given = plain;
    }
}

fn line(mark: &str) -> String {
    format!("{mark}\r\n\r\n")
}

/// Marks are our own words: there is nothing to escape.
fn banner(mark: &str) -> String {
    format!(
        "<p style=\"margin:0 0 12px;font-family:sans-serif;font-size:16px;font-weight:bold;text-align:center;\">{mark}</p>"
    )
}

/// Gives the place where what a reader sees begins: behind the opening of the body, or behind what stands in its place.
fn top(html: &str) -> usize {
    let lower = html.to_ascii_lowercase();
    ["<body", "</head", "<html", "<!doctype"]
        .iter()
        .find_map(|tag| behind(&lower, tag))
        .unwrap_or(0)
}

/// Gives the place behind the first such tag outside comments.
fn behind(html: &str, tag: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = html.get(from..)?;
        let open = from + rest.find('<')?;
        let here = html.get(open..)?;
        if here.starts_with("<!--") {
            from = open + here.find("-->")? + "-->".len();
        } else if is_tag(here, tag) {
            return end_of_tag(here).map(|length| open + length);
        } else {
            from = open + 1;
        }
    }
}

fn is_tag(here: &str, tag: &str) -> bool {
    here.strip_prefix(tag).is_some_and(|after| {
        !after.starts_with(|next: char| next.is_ascii_alphanumeric() || next == '-')
    })
}

/// Length of a tag; a `>` inside quotes does not end it.
fn end_of_tag(here: &str) -> Option<usize> {
    let mut quote = None;
    for (place, character) in here.char_indices() {
        match (quote, character) {
            (None, '>') => return Some(place + 1),
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), close) if open == close => quote = None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_stands_where_reading_begins() {
        let cases = [
            ("<p>x</p>", "@<p>x</p>"),
            ("", "@"),
            ("<body>x", "<body>@x"),
            (
                "<!DOCTYPE html>\r\n<html lang=\"fr\"><head></head><BODY class=\"a>b\" id='>'>x",
                "<!DOCTYPE html>\r\n<html lang=\"fr\"><head></head><BODY class=\"a>b\" id='>'>@x",
            ),
            (
                "<!DOCTYPE html><html><head><title>é</title></head>x",
                "<!DOCTYPE html><html><head><title>é</title></head>@x",
            ),
            ("<!doctype html><p>x", "<!doctype html>@<p>x"),
            ("<html>x", "<html>@x"),
            (
                "<!--[if mso]><body><![endif]--><body id=1>x",
                "<!--[if mso]><body><![endif]--><body id=1>@x",
            ),
            ("<bodyguard>x", "@<bodyguard>x"),
            ("<body", "@<body"),
            ("<!-- <body>", "@<!-- <body>"),
            ("İ<body>é", "İ<body>@é"),
        ];
        for (given, expected) in cases {
            let mut marked = Parts {
                html: Some(given.to_owned()),
                ..Parts::default()
            };
            parts(&mut marked, None, "DUPLICATA 1");
            let html = marked.html.clone().unwrap();
            assert_eq!(
                html.replace(&banner("DUPLICATA 1"), "@"),
                expected,
                "{given}"
            );
            parts(&mut marked, Some("DUPLICATA 1"), "DUPLICATA 2");
            let html = marked.html.unwrap();
            assert_eq!(
                html.replace(&banner("DUPLICATA 2"), "@"),
                expected,
                "again: {given}"
            );
        }
    }

    #[test]
    fn one_mark_only_and_only_our_own_is_taken_away() {
        assert_eq!(subject("Reçu", None, "DUPLICATA 1"), "DUPLICATA 1 – Reçu");
        assert_eq!(
            subject("DUPLICATA 1 – Reçu", Some("DUPLICATA 1"), "DUPLICATA 2"),
            "DUPLICATA 2 – Reçu"
        );
        assert_eq!(
            subject("DUPLICATA 0 – Reçu", None, "DUPLICATA 1"),
            "DUPLICATA 1 – DUPLICATA 0 – Reçu"
        );
        let mut both = Parts {
            text: Some("DUPLICATA 1\r\n\r\nDUPLICATA 1\r\n\r\nx".to_owned()),
            ..Parts::default()
        };
        parts(&mut both, Some("DUPLICATA 1"), "DUPLICATA 2");
        assert_eq!(
            both.text.unwrap(),
            "DUPLICATA 2\r\n\r\nDUPLICATA 1\r\n\r\nx"
        );
    }
}
