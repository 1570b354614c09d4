//! Tables that fit: columns shrink, then go, and texts are cut by the columns they take.

use anstyle::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns between two columns.
const GAP: usize = 2;

/// One column.
pub(crate) struct Column {
    pub(crate) title: &'static str,
    /// What it may shrink to; none for one that is never cut.
    pub(crate) least: Option<usize>,
    /// On a narrow screen the highest goes first; 0 stays.
    pub(crate) goes: u8,
    pub(crate) right: bool,
}

impl Column {
    /// A column that is never cut.
    pub(crate) fn whole(title: &'static str, goes: u8) -> Self {
        Column {
            title,
            least: None,
            goes,
            right: false,
        }
    }

    /// A column that may be cut.
    pub(crate) fn cut(title: &'static str, least: usize, goes: u8) -> Self {
        Column {
            least: Some(least),
            ..Column::whole(title, goes)
        }
    }

    /// Numbers stand on the right.
    pub(crate) fn right(self) -> Self {
        Column {
            right: true,
            ..self
        }
    }
}

/// One cell: a text and how it looks.
pub(crate) struct Cell(pub(crate) String, pub(crate) Style);

impl Cell {
    /// A cell without colour.
    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Cell(text.into(), Style::new())
    }
}

/// Lays a table out for a width; without one nothing is cut.
pub(crate) fn laid_out(columns: &[Column], rows: &[Vec<Cell>], width: Option<usize>) -> String {
    let natural: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(index, column)| {
            let cells = rows.iter().filter_map(|row| row.get(index));
            let widest = cells.map(|cell| cell.0.width()).max().unwrap_or(0);
            widest.max(column.title.width())
        })
        .collect();
    let shown = width.map_or_else(
        || natural.iter().copied().enumerate().collect(),
        |width| fitted(columns, &natural, width),
    );
    let mut table = String::new();
    let titles = columns
        .iter()
        .map(|column| Cell(column.title.to_owned(), Style::new().bold()));
    write_row(&mut table, columns, &titles.collect::<Vec<_>>(), &shown);
    for row in rows {
        write_row(&mut table, columns, row, &shown);
    }
    table
}

/// Gives the columns that are shown, with their widths.
fn fitted(columns: &[Column], natural: &[usize], width: usize) -> Vec<(usize, usize)> {
    let mut shown: Vec<(usize, usize)> = natural.iter().copied().enumerate().collect();
    loop {
        let total = |shown: &[(usize, usize)]| {
            let texts: usize = shown.iter().map(|(_, width)| width).sum();
            texts + GAP * shown.len().saturating_sub(1)
        };
        let least = |index: usize| {
            let least = columns.get(index).and_then(|column| column.least);
            let whole = natural.get(index).copied().unwrap_or(0);
            least.map_or(whole, |least| least.min(whole))
        };
        let smallest: Vec<(usize, usize)> = shown.iter().map(|(i, _)| (*i, least(*i))).collect();
        let goes = |index: usize| columns.get(index).map_or(0, |column| column.goes);
        let first_to_go = shown.iter().map(|(index, _)| goes(*index)).max();
        match first_to_go.filter(|rank| *rank > 0) {
            Some(rank) if total(&smallest) > width => {
                shown.retain(|(index, _)| goes(*index) != rank)
            }
            _ => {
                // The widest that may shrink gives a column at a time, so that all are cut alike.
                while total(&shown) > width {
                    let shrinking = shown.iter_mut().filter(|(i, width)| *width > least(*i));
                    match shrinking.max_by_key(|(_, width)| *width) {
                        Some(column) => column.1 -= 1,
                        None => break,
                    }
                }
                return shown;
            }
        }
    }
}

fn write_row(table: &mut String, columns: &[Column], row: &[Cell], shown: &[(usize, usize)]) {
    for (place, (index, width)) in shown.iter().enumerate() {
        let Some((Cell(text, style), column)) = row.get(*index).zip(columns.get(*index)) else {
            continue;
        };
        let text = cut(text, *width);
        let padding = " ".repeat(width.saturating_sub(text.width()));
        let last = place + 1 == shown.len();
        let styled = if *style == Style::new() {
            text
        } else {
            format!("{style}{text}{style:#}")
        };
        match (column.right, last) {
            (true, _) => table.push_str(&format!("{padding}{styled}")),
            (false, true) => table.push_str(&styled),
            (false, false) => table.push_str(&format!("{styled}{padding}")),
        }
        if !last {
            table.push_str(&" ".repeat(GAP));
        }
    }
    let end = table.trim_end_matches(' ').len();
    table.truncate(end);
    table.push('\n');
}

/// Cuts a text to the columns it may take, and makes it one line: what a terminal would obey is left out.
pub(crate) fn cut(text: &str, width: usize) -> String {
    let clean: String = text
        .chars()
        .map(|sign| if sign.is_control() { ' ' } else { sign })
        .collect();
    if clean.width() <= width {
        return clean;
    }
    let mut taken = 0;
    let mut short: String = clean
        .chars()
        .take_while(|sign| {
            taken += sign.width().unwrap_or(0);
            taken < width
        })
        .collect();
    short.push('…');
    short
}

/// Breaks a text into lines of a width, at its spaces; a word that is longer stands alone, whole.
pub(crate) fn wrapped(text: &str, width: Option<usize>) -> Vec<String> {
    let Some(width) = width else {
        return vec![text.to_owned()];
    };
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !line.is_empty() && line.width() + 1 + word.width() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_by_the_columns_they_take() {
        for (text, width, expected) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("crème brûlée", 6, "crème…"),
            ("收据收据", 8, "收据收据"),
            ("收据收据", 6, "收据…"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
            ("a\x1b[31mb\nc", 20, "a [31mb c"),
        ] {
            assert_eq!(cut(text, width), expected, "{text:?} in {width}");
            assert!(cut(text, width).width() <= width, "{text:?} in {width}");
        }
    }

    #[test]
    fn a_table_fits_by_shrinking_first_and_leaving_out_then() {
        let columns = [
            Column::whole("ID", 0).right(),
            Column::cut("TO", 8, 0),
            Column::cut("SUBJECT", 8, 1),
        ];
        let row = || {
            vec![
                Cell::plain("12"),
                Cell::plain("client@example.test"),
                Cell::plain("Votre ticket du 24/11/2026"),
            ]
        };
        for (width, expected) in [
            (
                None,
                "ID  TO                   SUBJECT\n12  client@example.test  Votre ticket du 24/11/2026\n",
            ),
            (
                Some(30),
                "ID  TO            SUBJECT\n12  client@exam…  Votre ticke…\n",
            ),
            (Some(20), "ID  TO\n12  client@example.…\n"),
            (Some(5), "ID  TO\n12  client@…\n"),
        ] {
            let table = laid_out(&columns, &[row()], width);
            let plain = anstream::adapter::strip_str(&table).to_string();
            assert_eq!(plain, expected, "{width:?}");
        }
    }

    #[test]
    fn sentences_are_broken_at_spaces() {
        for (text, width, expected) in [
            ("", 10, vec![""]),
            ("un deux trois", 7, vec!["un deux", "trois"]),
            (
                "un anticonstitutionnellement",
                5,
                vec!["un", "anticonstitutionnellement"],
            ),
        ] {
            assert_eq!(wrapped(text, Some(width)), expected, "{text}");
        }
        assert_eq!(wrapped("un deux", None), ["un deux"]);
    }
}
