//! One line of text in the making: signs at their columns.

use crate::receipt::printed::{Align, Line, Span, Style};

/// What stands in one column.
#[derive(Debug, Clone, Copy)]
enum Cell {
    /// Nothing was printed here.
    Gap,
    /// A sign with the accent on it, where that came by itself, and the columns it takes.
    Sign(char, Option<char>, Style, usize),
    /// Covered by the wide sign before it.
    Covered,
}

/// Columns from the left edge; a sign printed over another one takes its place.
#[derive(Debug, Default)]
pub(super) struct Cells {
    cells: Vec<Cell>,
}

impl Cells {
    pub(super) fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Puts a sign; the caller has checked that the line is wide enough.
    pub(super) fn put(&mut self, column: usize, sign: char, style: Style, columns: usize) {
        if self.cells.len() < column + columns {
            self.cells.resize(column + columns, Cell::Gap);
        }
        let mut covered = self.cells.iter_mut().skip(column).take(columns);
        if let Some(first) = covered.next() {
            *first = Cell::Sign(sign, None, style, columns);
        }
        covered.for_each(|cell| *cell = Cell::Covered);
    }

    /// Puts an accent on the sign that ends before a column.
    pub(super) fn put_accent(&mut self, column: usize, accent: char) {
        let before = self.cells.get_mut(..column).unwrap_or_default();
        let last = before
            .iter_mut()
            .rfind(|cell| !matches!(cell, Cell::Covered));
        if let Some(Cell::Sign(_, place @ None, ..)) = last {
            *place = Some(accent);
        }
    }

    /// Gives the line and the columns it takes; the line is empty afterwards.
    pub(super) fn finish(&mut self, align: Align) -> (Line, usize) {
        let mut spans: Vec<Span> = Vec::new();
        let mut left_of = 0;
        let cells = std::mem::take(&mut self.cells);
        let written = cells.len() - blank_end(&cells);
        for (column, cell) in cells.into_iter().enumerate().take(written) {
            match cell {
                Cell::Sign(sign, accent, style, columns) => {
                    add(&mut spans, sign, accent, style);
                    left_of = column + columns;
                }
                _ if column < left_of => {}
                _ => add(&mut spans, ' ', None, Style::default()),
            }
        }
        (Line { align, spans }, written)
    }
}

/// Columns at the end where nothing can be seen.
fn blank_end(cells: &[Cell]) -> usize {
    let blank = |cell: &&Cell| match cell {
        Cell::Gap => true,
        Cell::Sign(sign, None, style, 1) => *sign == ' ' && !style.underline && !style.inverse,
        _ => false,
    };
    cells.iter().rev().take_while(blank).count()
}

fn add(spans: &mut Vec<Span>, sign: char, accent: Option<char>, style: Style) {
    if spans.last().is_none_or(|last| last.style != style) {
        spans.push(Span {
            text: String::new(),
            style,
        });
    }
    if let Some(last) = spans.last_mut() {
        last.text.push(sign);
        last.text.extend(accent);
    }
}
