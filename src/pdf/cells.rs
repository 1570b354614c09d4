//! Printed lines as rows of cells: each character in its column, as on the till's paper.

use super::layout::length;
use crate::receipt::printed::{Align, Line, Style};
use icu_normalizer::ComposingNormalizerBorrowed;
use unicode_width::UnicodeWidthChar;

/// One character in its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cell {
    pub(super) character: char,
    pub(super) style: Style,
    /// Columns from the left edge of the row's text.
    pub(super) column: usize,
    /// Columns it takes; none for an accent that is set over the one before.
    pub(super) columns: usize,
}

/// One row of text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Row {
    pub(super) cells: Vec<Cell>,
    /// Columns between the left edge of the paper and the text; halves where it is centred.
    pub(super) indent: f32,
}

/// Lines that a row takes: two where a character has double height.
pub(super) fn row_height(row: &Row) -> f32 {
    match row.cells.iter().any(|cell| cell.style.double_height) {
        true => 2.0,
        false => 1.0,
    }
}

/// Breaks a line into rows of at most so many columns, between words where it can.
pub(super) fn rows(line: &Line, columns: usize) -> Vec<Row> {
    let (cells, _) = cells(line);
    let mut rest = cells.as_slice();
    let mut rows = Vec::new();
    loop {
        let start = rest.first().map_or(0, |cell| cell.column);
        let fits = rest
            .iter()
            .take_while(|cell| cell.column + cell.columns <= start + columns)
            .count();
        let end = match fits < rest.len() {
            true => end_of_words(rest, fits.max(1)),
            false => rest.len(),
        };
        let (row, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        rows.push(moved(row, start, columns, line.align));
        rest = after;
        if rest.is_empty() {
            return rows;
        }
    }
}

/// Cells that go on a row of which so many fit: up to its last space, unless that leaves half of it empty.
fn end_of_words(cells: &[Cell], fits: usize) -> usize {
    let row = cells.get(..fits).unwrap_or_default();
    let space = row.iter().rposition(|cell| cell.character == ' ');
    space
        .filter(|space| *space >= fits / 2)
        .map_or(fits, |space| space + 1)
}

fn moved(cells: &[Cell], start: usize, columns: usize, align: Align) -> Row {
    let cells: Vec<Cell> = cells
        .iter()
        .map(|cell| Cell {
            column: cell.column - start,
            ..*cell
        })
        .collect();
    let width = cells.last().map_or(0, |cell| cell.column + cell.columns);
    let left = length(columns.saturating_sub(width));
    let indent = match align {
        Align::Left => 0.0,
        Align::Centre => left / 2.0,
        Align::Right => left,
    };
    Row { cells, indent }
}

/// Gives the characters of a line in their columns, and the columns of all.
pub(super) fn cells(line: &Line) -> (Vec<Cell>, usize) {
    let mut column = 0;
    let mut cells = Vec::new();
    let composed = ComposingNormalizerBorrowed::new_nfc();
    for span in &line.spans {
        let factor = if span.style.double_width { 2 } else { 1 };
        // A letter with its accent is one glyph, drawn as its designer meant it.
        for character in composed.normalize(&span.text).chars() {
            let Some(width) = character.width().filter(|_| !is_invisible(character)) else {
                continue;
            };
            let columns = width * factor;
            cells.push(Cell {
                character,
                style: span.style,
                column,
                columns,
            });
            column += columns;
        }
    }
    (cells, column)
}

/// Signs that only steer other signs: joiners, directions, variants.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}
