//! The text part of a mail: printed lines, aligned by what a text takes on a screen.

use super::{Align, Block, Line, Printed, width};
use crate::text::{self, Language};

/// Writes the lines. A text has one size only: double-width words stay whole, so that they can be read aloud and
/// found, and the gap in front of the figure grows instead.
pub(crate) fn plain(printed: &Printed, language: Language) -> String {
    let paper = printed.columns;
    let mut written = String::new();
    for block in &printed.blocks {
        let (align, words) = match block {
            Block::Line(line) => (line.align, words(line)),
            Block::Code { code, align } => (*align, code.words(language)),
            Block::Picture { .. } => continue,
            Block::Cut => (Align::Left, "- ".repeat(paper / 2)),
        };
        let indent = match align {
            Align::Left => 0,
            _ => align.indent(width(&words), paper),
        };
        written.extend(std::iter::repeat_n(' ', indent));
        written.push_str(&words);
        written.truncate(written.trim_end_matches(' ').len());
        written.push('\n');
    }
    let has_picture = |block: &Block| matches!(block, Block::Picture { .. });
    if written.trim().is_empty() && printed.blocks.iter().any(has_picture) {
        written = format!("{}\n", text::pictures_only(language));
    }
    written
}

fn words(line: &Line) -> String {
    if let [only] = line.spans.as_slice()
        && !only.style.double_width
    {
        return only.text.clone();
    }
    let mut words: String = line.spans.iter().map(|span| span.text.as_str()).collect();
    let lost = line.columns().saturating_sub(width(&words));
    if lost > 0
        && let Some(gap) = last_gap(&words)
    {
        words.insert_str(gap, &" ".repeat(lost));
    }
    words
}

/// Place of the last two spaces between words: what is behind them stands in a column of its own.
fn last_gap(words: &str) -> Option<usize> {
    let start = words.len() - words.trim_start().len();
    words.trim_end().rfind("  ").filter(|gap| *gap >= start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::png::monochrome;
    use crate::receipt::printed::{Code, Span, Style, Symbology};

    fn line(align: Align, spans: &[(&str, bool)]) -> Block {
        let spans = spans.iter().map(|(text, double_width)| Span {
            text: (*text).to_owned(),
            style: Style {
                double_width: *double_width,
                ..Style::default()
            },
        });
        Block::Line(Line {
            align,
            spans: spans.collect(),
        })
    }

    fn code(symbology: Symbology, align: Align) -> Block {
        let payload = "T-42".to_owned();
        let code = Code {
            symbology,
            payload,
            shows_text: true,
        };
        Block::Code { code, align }
    }

    #[test]
    fn lines_are_aligned_by_what_they_take_on_a_screen() {
        let blocks = vec![
            line(Align::Centre, &[("CAFÉ 語", true)]),
            line(Align::Left, &[]),
            line(
                Align::Left,
                &[("TOTAL", false), ("      ", false), ("12,00", false)],
            ),
            line(Align::Left, &[("TOTAL      12,00", true)]),
            line(Align::Left, &[("  sans  écart ", false)]),
            line(Align::Right, &[("à droite", false)]),
            Block::Cut,
            code(Symbology::Qr, Align::Centre),
            code(Symbology::Code128, Align::Left),
        ];
        let printed = Printed {
            columns: 32,
            blocks,
        };
        let expected = "            CAFÉ 語\n\
            \n\
            TOTAL      12,00\n\
            TOTAL                      12,00\n\
            \u{20} sans  écart\n\
            \u{20}                       à droite\n\
            - - - - - - - - - - - - - - - -\n\
            \u{20}          [QR] T-42\n\
            [Code-barres] T-42\n";
        assert_eq!(plain(&printed, Language::French), expected);
    }

    #[test]
    fn a_receipt_of_pictures_says_so() {
        let picture = monochrome(8, 1, &[255]).unwrap();
        let align = Align::Left;
        let mut printed = Printed {
            columns: 32,
            blocks: vec![Block::Picture { picture, align }],
        };
        assert!(plain(&printed, Language::English).starts_with("[This receipt is a picture"));
        printed
            .blocks
            .push(line(Align::Left, &[("TOTAL 1", false)]));
        assert_eq!(plain(&printed, Language::English), "TOTAL 1\n");
    }
}
