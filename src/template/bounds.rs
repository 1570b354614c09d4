//! How deep a shop's own template may go, before the engine reads it.
//!
//! The engine bounds brackets and blocks inside each other, but follows chains such as `a + b + …`, `not not …`
//! and `a.b.c…` down the stack: a template of 64 KB would end the till's process. So each expression has a
//! length, and `{% set %}`, with which a value can be put into itself, a count.

use crate::text::{self, Text};

/// Longest expression in characters, strings and spaces not counted.
const MAX_EXPRESSION: usize = 250;

/// Most `{% set %}` of a template.
const MAX_SETS: usize = 50;

/// Gives the place, in bytes, and the sentence of what goes too deep.
pub(super) fn too_deep(template: &str) -> Option<(usize, Text)> {
    let mut sets = 0;
    let mut here = 0;
    while let Some((start, kind)) = opening(template, here) {
        let inside = start + 2;
        match kind {
            b'#' => here = behind(template, inside, "#}"),
            b'%' if tag_end(template, inside, "raw").is_some() => {
                here = end_of_raw(template, inside)
            }
            kind => {
                let (end, length) = expression(template, inside, kind);
                if length > MAX_EXPRESSION {
                    return Some((start, text::template_expression(MAX_EXPRESSION)));
                }
                let words = template.get(inside..end).unwrap_or_default();
                sets += usize::from(kind == b'%' && words.contains("set"));
                if sets > MAX_SETS {
                    return Some((start, text::template_sets(MAX_SETS)));
                }
                here = end;
            }
        }
    }
    None
}

/// Finds the next `{{`, `{%` or `{#`, and its second character.
fn opening(template: &str, from: usize) -> Option<(usize, u8)> {
    let bytes = template.as_bytes().get(from..)?;
    bytes
        .windows(2)
        .enumerate()
        .find_map(|(at, pair)| match pair {
            [b'{', kind @ (b'{' | b'%' | b'#')] => Some((from + at, *kind)),
            _ => None,
        })
}

fn behind(template: &str, from: usize, end: &str) -> usize {
    let rest = template.get(from..).unwrap_or_default();
    rest.find(end)
        .map_or(template.len(), |at| from + at + end.len())
}

/// Gives the place behind a tag of one word, where it is that tag.
fn tag_end(template: &str, inside: usize, word: &str) -> Option<usize> {
    let rest = template.get(inside..)?;
    let rest = rest.strip_prefix(['-', '+']).unwrap_or(rest);
    let rest = rest
        .trim_ascii_start()
        .strip_prefix(word)?
        .trim_ascii_start();
    let rest = rest.strip_prefix(['-', '+']).unwrap_or(rest);
    let rest = rest.strip_prefix("%}")?;
    Some(template.len() - rest.len())
}

fn end_of_raw(template: &str, inside: usize) -> usize {
    let mut here = inside;
    while let Some(at) = template.get(here..).and_then(|rest| rest.find("{%")) {
        here += at + 2;
        if let Some(end) = tag_end(template, here, "endraw") {
            return end;
        }
    }
    template.len()
}

/// Gives the place behind an expression, and its length without strings and spaces.
fn expression(template: &str, inside: usize, kind: u8) -> (usize, usize) {
    let close: &[u8] = if kind == b'%' { b"%}" } else { b"}}" };
    let (mut length, mut open) = (0, 0_usize);
    let mut quote = None;
    let mut escaped = false;
    let bytes = template.as_bytes();
    for (at, byte) in bytes.iter().enumerate().skip(inside) {
        let rest = bytes.get(at..).unwrap_or_default();
        match (quote, byte) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(opened), _) if opened == byte => quote = None,
            (Some(_), _) => {}
            (None, _) if open == 0 && rest.starts_with(close) => return (at + 2, length),
            (None, byte) => {
                match byte {
                    b'"' | b'\'' => quote = Some(byte),
                    b'(' | b'[' | b'{' => open += 1,
                    b')' | b']' | b'}' => open = open.saturating_sub(1),
                    _ => {}
                }
                length += usize::from(!byte.is_ascii_whitespace());
            }
        }
    }
    (template.len(), length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_expressions_are_found_wherever_they_hide() {
        let long = "+1".repeat(200);
        for (before, after, start) in [
            ("x {{ 1", " }}", Some(2)),
            ("{% if 1", " %}", Some(0)),
            ("{# {{ ' #}{{ ' }}'", " }}", Some(10)),
            ("{{ \"}}\\\"}}\"", " }}", Some(0)),
            ("{{ {'a': {}}", " }}", Some(0)),
            ("{% raw %}{#{% endraw %}{{ 1", " }}", Some(23)),
            ("{%- raw -%}{{ '{%- endraw +%}{% if 1", " %}", Some(29)),
            ("{{ raw }}{{ 1", " }}", Some(9)),
            ("{{ 1", "", Some(0)),
            ("1", "", None),
            ("{{ '", "' }}", None),
            ("{{ 1 }}", "", None),
            ("{# ", " #}", None),
            ("{% raw %}{{ ", " {% endraw %}", None),
        ] {
            let template = [before, &long, after].concat();
            assert_eq!(
                too_deep(&template).map(|found| found.0),
                start,
                "{template}"
            );
        }
        assert!(too_deep(&"{% set a = [a] %}".repeat(50)).is_none());
        assert_eq!(
            too_deep(&"{% set a = [a] %}".repeat(51)).unwrap().0,
            50 * 17
        );
    }
}
