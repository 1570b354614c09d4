//! The text that a till prints, as printed lines.

use super::{Align, Block, Line, Printed, Span, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of the narrowest paper (58 mm) and of the widest (112 mm); what is wider is no printed form.
const NARROWEST: usize = 32;
const WIDEST: usize = 80;

/// Columns of paper of 80 mm, for prose: its lines wrap there.
const PROSE: usize = 48;

/// Columns from one tab stop to the next.
const TAB: usize = 8;

/// Reads text as lines that keep their columns; tabs become spaces, other control characters go.
pub(crate) fn of_text(text: &str) -> Printed {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<String> = text.trim_end_matches('\n').split('\n').map(line).collect();
    let widest = lines.iter().map(|line| line.width()).max().unwrap_or(0);
    let columns = if widest > WIDEST {
        PROSE
    } else {
        widest.max(NARROWEST)
    };
    let blocks = lines.into_iter().map(|text| {
        let style = Style::default();
        let spans = if text.is_empty() {
            Vec::new()
        } else {
            vec![Span { text, style }]
        };
        let align = Align::Left;
        Block::Line(Line { align, spans })
    });
    Printed {
        columns,
        blocks: blocks.collect(),
    }
}

fn line(given: &str) -> String {
    let mut line = String::with_capacity(given.len());
    let mut column = 0;
    for sign in given.chars() {
        if sign == '\t' {
            let spaces = TAB - column % TAB;
            line.extend(std::iter::repeat_n(' ', spaces));
            column += spaces;
        } else if !sign.is_control() {
            line.push(sign);
            column += sign.width().unwrap_or(0);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paper_is_as_wide_as_the_widest_line() {
        let cases = [
            ("", 32),
            ("TOTAL 1,00", 32),
            (&*"x".repeat(42), 42),
            (&*"é".repeat(48), 48),
            (&*"語".repeat(24), 48),
            (&*"x".repeat(80), 80),
            (&*"mot ".repeat(30), 48),
        ];
        for (text, columns) in cases {
            assert_eq!(of_text(text).columns, columns, "{text}");
        }
    }

    #[test]
    fn tabs_become_spaces_and_control_characters_go() {
        let printed = of_text("\r\n語\tx\x1b@\ré\t€\r\n\n");
        let lines: Vec<String> = printed
            .blocks
            .iter()
            .map(|block| match block {
                Block::Line(line) => line.spans.iter().map(|span| span.text.as_str()).collect(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(lines, ["", "語      x@", "é       €"]);
    }
}
