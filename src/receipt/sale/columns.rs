//! Columns of printed text: wrapping, padding and tables, by the columns a text takes and not by its letters.

use crate::receipt::printed::plain_width;
use unicode_width::UnicodeWidthChar;

/// Columns of the paper that most tills in France print on.
pub(crate) const COLUMNS: usize = 42;

/// A label narrower than this is hard to read; its figure then stands below it.
const NARROWEST_LABEL: usize = 14;

pub(super) use crate::receipt::printed::width;

/// Fills a text up with spaces.
pub(super) fn padded(text: &str, columns: usize) -> String {
    joined(text, &spaces(columns.saturating_sub(width(text))))
}

fn right_aligned(text: &str, columns: usize) -> String {
    joined(&spaces(columns.saturating_sub(width(text))), text)
}

/// Most lines of a receipt come through here: `format!` would take three times as long.
fn joined(one: &str, other: &str) -> String {
    [one, other].concat()
}

fn spaces(count: usize) -> String {
    " ".repeat(count)
}

/// Sets a label on the left and a figure on the right.
pub(super) fn pair(label: &str, figure: &str) -> Vec<String> {
    if figure.is_empty() {
        return wrap(label, COLUMNS);
    }
    let room = COLUMNS.saturating_sub(width(figure) + 1);
    if width(label) > room && room < NARROWEST_LABEL {
        let mut lines = wrap(label, COLUMNS);
        lines.extend(
            wrap(figure, COLUMNS)
                .iter()
                .map(|line| right_aligned(line, COLUMNS)),
        );
        return lines;
    }
    let mut lines = wrap(label, room).into_iter();
    let first = lines.next().unwrap_or_default();
    let first = joined(&padded(&first, COLUMNS - width(figure)), figure);
    std::iter::once(first).chain(lines).collect()
}

/// Sets rows as columns, the first one on the left and the others on the right; nothing where they are too wide.
///
/// A column without any figure below its head is left out.
pub(super) fn table<const N: usize>(rows: &[[String; N]]) -> Option<Vec<String>> {
    let widths: [usize; N] = std::array::from_fn(|column| {
        let cells = || rows.iter().filter_map(move |row| row.get(column));
        if cells().skip(1).all(String::is_empty) {
            return 0;
        }
        cells().map(|cell| width(cell)).max().unwrap_or(0)
    });
    let filled = widths.iter().filter(|width| **width > 0).count();
    let free = COLUMNS.checked_sub(widths.iter().sum())?;
    let gaps = filled.saturating_sub(1);
    if free < gaps {
        return None;
    }
    // What is left over widens the first column.
    let gap = free.checked_div(gaps).unwrap_or(0).min(4);
    let rest = free - gap * gaps;
    let line = |row: &[String; N]| {
        let mut line = String::new();
        for (index, (cell, width)) in row.iter().zip(widths).enumerate() {
            if index == 0 {
                line.push_str(&padded(cell, width + rest));
            } else if width > 0 {
                line.push_str(&right_aligned(cell, width + gap));
            }
        }
        line
    };
    Some(rows.iter().map(line).collect())
}

/// Breaks a text into lines, between words where it can. An empty text has no line.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let fits = plain_width(text).is_some_and(|width| width <= columns);
    if fits && text.split(' ').all(|word| !word.is_empty()) {
        return vec![text.to_owned()];
    }
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut taken = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        for piece in pieces(word, columns) {
            let needed = width(piece);
            if taken > 0 && taken + 1 + needed > columns {
                lines.push(isolated(std::mem::take(&mut line)));
                taken = 0;
            }
            if taken > 0 {
                line.push(' ');
                taken += 1;
            }
            line.push_str(piece);
            taken += needed;
        }
    }
    if !line.is_empty() {
        lines.push(isolated(line));
    }
    lines
}

/// Cuts a word that is wider than a line; never between a letter and its accent, nor inside a joined emoji.
fn pieces(word: &str, columns: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = word;
    while width(rest) > columns {
        let Some(cut) = cut(rest, columns) else {
            break;
        };
        let (piece, after) = rest.split_at(cut);
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

/// Finds the last place where a word may be cut so that what is before it fits.
fn cut(word: &str, columns: usize) -> Option<usize> {
    let mut last = None;
    for (index, sign) in word.char_indices().skip(1) {
        let taken = width(word.split_at(index).0);
        if taken > columns && last.is_some() {
            break;
        }
        let with = width(word.split_at(index + sign.len_utf8()).0);
        // A letter of its own adds its width: accents, skin tones and joined pictures do not.
        let stands_alone = sign
            .width()
            .is_some_and(|own| own > 0 && with == taken + own);
        if stands_alone && taken <= columns {
            last = Some(index);
        }
    }
    last
}

/// Encloses text that is written from right to left, so that it turns around no figure beside it.
fn isolated(line: String) -> String {
    const FIRST_STRONG_ISOLATE: char = '\u{2068}';
    const POP_ISOLATE: char = '\u{2069}';
    if line.chars().any(turns_around) {
        format!("{FIRST_STRONG_ISOLATE}{line}{POP_ISOLATE}")
    } else {
        line
    }
}

/// Tells whether a character is written from right to left, or asks for it.
fn turns_around(sign: char) -> bool {
    matches!(
        sign,
        '\u{590}'..='\u{8ff}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2068}'
            | '\u{fb1d}'..='\u{fdff}'
            | '\u{fe70}'..='\u{feff}'
            | '\u{10800}'..='\u{10fff}'
            | '\u{1e800}'..='\u{1efff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_between_words_by_what_it_takes() {
        let family = "👩\u{200d}👩\u{200d}👧";
        let cases: [(&str, usize, &[&str]); 9] = [
            ("", 10, &[]),
            ("  ", 10, &[]),
            ("un deux trois", 8, &["un deux", "trois"]),
            ("pile dixxx", 10, &["pile dixxx"]),
            ("anticonstitutionnel", 8, &["anticons", "titution", "nel"]),
            // Two columns each.
            ("寿司寿司寿", 4, &["寿司", "寿司", "寿"]),
            // The accent is a character of its own and takes none.
            (
                "e\u{301}e\u{301}e\u{301}",
                2,
                &["e\u{301}e\u{301}", "e\u{301}"],
            ),
            (family, 2, &[family]),
            (
                "1\u{a0}234,50\u{a0}€ net",
                10,
                &["1\u{a0}234,50\u{a0}€", "net"],
            ),
        ];
        for (text, columns, expected) in cases {
            assert_eq!(wrap(text, columns), expected, "{text:?}");
        }
    }

    #[test]
    fn a_figure_stands_on_the_right_of_the_first_line() {
        let cases: [(&str, &str, &[&str]); 4] = [
            (
                "Pain",
                "3,90 €",
                &["Pain                                3,90 €"],
            ),
            (
                "🍕 Pizza",
                "9,00 €",
                &["🍕 Pizza                            9,00 €"],
            ),
            (
                "Chemise en lin lavé à manches longues, col italien",
                "70,00 €",
                &[
                    "Chemise en lin lavé à manches      70,00 €",
                    "longues, col italien",
                ],
            ),
            (
                "Un pain de campagne",
                "12 345 678 901 234 567 890,00 €",
                &[
                    "Un pain de campagne",
                    "           12 345 678 901 234 567 890,00 €",
                ],
            ),
        ];
        for (label, figure, expected) in cases {
            let lines = pair(label, figure);
            assert_eq!(lines, expected, "{label}");
            assert!(lines.iter().all(|line| width(line) <= COLUMNS), "{lines:?}");
        }
    }

    #[test]
    fn whatever_a_label_is_made_of_it_fits_and_is_whole() {
        const SIGNS: [&str; 14] = [
            "a",
            "é",
            "e\u{301}",
            " ",
            "  ",
            "W",
            "寿",
            "🍕",
            "❤\u{fe0f}",
            "👍🏽",
            "👩\u{200d}🍳",
            "ש",
            "\u{202e}",
            "9",
        ];
        let bare = |text: &str| -> String {
            text.chars()
                .filter(|sign| !matches!(sign, ' ' | '\u{2068}' | '\u{2069}'))
                .collect()
        };
        let mut seed = 42_u64;
        for round in 0..2_000 {
            let mut label = String::new();
            for _ in 0..round % 90 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                label.push_str(SIGNS[usize::try_from(seed >> 33).unwrap() % SIGNS.len()]);
            }
            for columns in [2, 9, COLUMNS] {
                let lines = wrap(&label, columns);
                assert_eq!(bare(&lines.concat()), bare(&label), "{label:?}");
                assert!(
                    lines.iter().all(|line| width(line) <= columns),
                    "{columns} {lines:#?}"
                );
            }
            let lines = pair(&label, "3,90 €");
            assert!(
                lines.iter().all(|line| width(line) <= COLUMNS),
                "{lines:#?}"
            );
        }
    }

    #[test]
    fn text_from_right_to_left_is_enclosed_and_takes_the_same_room() {
        for label in ["قهوة", "עוגה", "a\u{202e}b"] {
            let [line] = pair(label, "3,00 €").try_into().unwrap();
            let line: String = line;
            assert!(
                line.contains(&format!("\u{2068}{label}\u{2069} ")),
                "{line}"
            );
            assert_eq!(width(&line), COLUMNS, "{line}");
        }
    }

    #[test]
    fn a_table_without_room_is_none_and_an_empty_column_is_left_out() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned);
        let rows = [row(["TVA", "HT", "Taxe"]), row(["A 20 %", "", "2,00 €"])];
        assert_eq!(
            table(&rows).unwrap(),
            [
                format!("TVA{}Taxe", spaces(35)),
                format!("A 20 %{}2,00 €", spaces(30)),
            ]
        );
        let wide = "9".repeat(21);
        let rows = [row(["TVA", "HT", "Taxe"]), row(["A", &wide, &wide])];
        assert_eq!(table(&rows), None);
    }
}
