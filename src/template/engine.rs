//! The template engine (MiniJinja), as far as templates may use it: letters are always escaped, work is bounded.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, Error, Output, State, UndefinedBehavior, filters};
use serde::Serialize;

/// Work of one rendering: an instruction, or 64 bytes made. A receipt of 300 lines takes 23 000; a million is
/// less than a tenth of a second on a quick machine, and 64 MB at worst.
const FUEL: u64 = 1_000_000;

/// Blocks inside each other. Each takes stack, and a call may have 384 KB in all.
const MAX_DEPTH: usize = 40;

/// Makes an engine. It reads no file and knows no include: a template is one text.
///
/// The environment begins empty: each filter costs the library 10 KB, and all of them cost 0.3 MB.
pub(super) fn engine<'a>(undefined: UndefinedBehavior) -> Environment<'a> {
    let mut engine = Environment::empty();
    engine.set_auto_escape_callback(|_| AutoEscape::Html);
    engine.set_formatter(write);
    engine.set_undefined_behavior(undefined);
    engine.set_fuel(Some(FUEL));
    engine.set_recursion_limit(MAX_DEPTH);
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true);
    if let Ok(syntax) = syntax.build() {
        engine.set_syntax(syntax);
    }
    engine.add_filter("default", filters::default);
    engine.add_filter("join", filters::join);
    engine.add_filter("length", filters::length);
    engine.add_filter("upper", filters::upper);
    engine.add_test("none", minijinja::tests::is_none);
    engine
}

/// Names of the filters, for a misspelt one.
pub(super) const FILTERS: [&str; 4] = ["default", "join", "length", "upper"];

/// Gives anything to a template.
pub(super) fn value(of: impl Serialize) -> Value {
    Value::from(Serde(of))
}

/// Writes a value: nothing where it is absent, as it is where it is HTML already, else escaped.
fn write(out: &mut Output, _: &mut State, value: &Value) -> Result<(), Error> {
    if value.is_none() || value.is_undefined() {
        return Ok(());
    }
    match value.as_str() {
        Some(letters) => write_letters(out, letters, value.is_safe()),
        None => write_letters(out, &value.to_string(), value.is_safe()),
    }
}

fn write_letters(out: &mut Output, letters: &str, is_html: bool) -> Result<(), Error> {
    if is_html || first_escaped(letters.as_bytes()).is_none() {
        return Ok(out.write_str(letters)?);
    }
    let mut escaped = String::with_capacity(letters.len() + 16);
    escape(letters, &mut escaped);
    Ok(out.write_str(&escaped)?)
}

/// Escapes letters for HTML text and quoted attributes. What a printer obeys is not for a mail: it is left out.
pub(super) fn escape(letters: &str, html: &mut String) {
    let mut rest = letters;
    while let Some((before, from)) =
        first_escaped(rest.as_bytes()).and_then(|at| rest.split_at_checked(at))
    {
        html.push_str(before);
        let mut characters = from.chars();
        match characters.next() {
            Some('&') => html.push_str("&amp;"),
            Some('<') => html.push_str("&lt;"),
            Some('>') => html.push_str("&gt;"),
            Some('"') => html.push_str("&quot;"),
            Some('\'') => html.push_str("&#39;"),
            Some(other) if !other.is_control() => html.push(other),
            _ => {}
        }
        rest = characters.as_str();
    }
    html.push_str(rest);
}

/// Finds the first letter that may not stand as it is. Bytes, because most texts have none: 0xc2 begins the control
/// characters that ASCII has not, and a few others.
fn first_escaped(letters: &[u8]) -> Option<usize> {
    letters.iter().position(|byte| match byte {
        b'\n' | b'\t' => false,
        0..b' ' | b'&' | b'<' | b'>' | b'"' | b'\'' | 0x7f | 0xc2 => true,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_html_reads_otherwise_are_escaped_and_controls_left_out() {
        let cases = [
            ("", ""),
            (
                "Café crème 1\u{a0}234,50\u{a0}€",
                "Café crème 1\u{a0}234,50\u{a0}€",
            ),
            (
                "<b>\"R&D\" d'été</b>",
                "&lt;b&gt;&quot;R&amp;D&quot; d&#39;été&lt;/b&gt;",
            ),
            (
                "a\u{1b}b\u{7f}\u{80}c\u{9f}\u{a0}\r\n\td\0",
                "abc\u{a0}\n\td",
            ),
            ("©®寿\u{301}&", "©®寿\u{301}&amp;"),
        ];
        for (letters, expected) in cases {
            let mut html = String::new();
            escape(letters, &mut html);
            assert_eq!(html, expected, "{letters:?}");
        }
    }
}
