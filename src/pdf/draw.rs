//! Draws the items of a page as the operators of its content.

use super::cells::{Cell, Row, row_height};
use super::font::{Font, Shown};
use super::layout::{ADVANCE, Item, PageItems, Paper};
use crate::error::Result;
use crate::picture::codes::Modules;
use pdf_writer::{Content, Name, Str, TextStr};

/// Names under which a page knows its objects.
pub(super) const REGULAR: Name = Name(b"R");
pub(super) const BOLD: Name = Name(b"B");
pub(super) const MARK: Name = Name(b"M");

/// Draws pages; keeps what the fonts were asked for.
pub(super) struct Artist<'a> {
    pub(super) regular: &'a mut Font,
    pub(super) bold: &'a mut Font,
    /// Characters that the font lacks.
    pub(super) replaced: usize,
}

impl Artist<'_> {
    /// Gives the content of a page. `names` are those of its pictures in turn; none where one is left out.
    pub(super) fn page(
        &mut self,
        page: &PageItems,
        paper: &Paper,
        names: &[Option<String>],
        footer: Option<&str>,
    ) -> Result<Vec<u8>> {
        let mut content = Content::new();
        let mut names = names.iter();
        content.save_state();
        content.transform([
            1.0,
            0.0,
            0.0,
            1.0,
            paper.width / 2.0,
            page.height - paper.mark_top(),
        ]);
        content.x_object(MARK);
        content.restore_state();
        for (y, item) in &page.items {
            // PDF counts upwards.
            let top = page.height - y;
            // What is no text keeps its distance from the lines above and below it.
            let inner = top - paper.line_height() / 2.0;
            match item {
                Item::Row(row) => self.row(row, paper, top, &mut content)?,
                Item::Picture {
                    x, width, height, ..
                } => {
                    if let Some(Some(name)) = names.next() {
                        content.save_state();
                        content.transform([*width, 0.0, 0.0, *height, *x, inner - height]);
                        content.x_object(Name(name.as_bytes()));
                        content.restore_state();
                    }
                }
                Item::Code {
                    modules,
                    x,
                    width,
                    height,
                    caption,
                } => {
                    bars(modules, *x, inner, *width, *height, &mut content);
                    let mut below = inner - height - paper.size * 0.2;
                    for row in caption {
                        self.row(row, paper, below, &mut content)?;
                        below -= paper.line_height();
                    }
                }
                Item::Cut => cut(paper, top, &mut content),
            }
        }
        if let Some(words) = footer {
            self.footer(words, paper, &mut content)?;
        }
        Ok(content.finish().to_vec())
    }

    fn row(&mut self, row: &Row, paper: &Paper, top: f32, content: &mut Content) -> Result<()> {
        let lines = row_height(row);
        // Characters of both heights stand on one line.
        let base = top - (paper.line_height() - paper.size * 0.32) * lines;
        let mut rest = row.cells.as_slice();
        while let Some(first) = rest.first() {
            let alike = rest
                .iter()
                .take_while(|cell| belongs(first, cell))
                .count()
                .max(1);
            let (run, after) = rest.split_at_checked(alike).unwrap_or((rest, &[]));
            self.run(run, row.indent, paper, base, content)?;
            rest = after;
        }
        Ok(())
    }

    /// Characters of one style beside each other.
    fn run(
        &mut self,
        run: &[Cell],
        indent: f32,
        paper: &Paper,
        base: f32,
        content: &mut Content,
    ) -> Result<()> {
        let (Some(first), Some(last)) = (run.first(), run.last()) else {
            return Ok(());
        };
        let cell = paper.size * ADVANCE;
        let x_of = |column: usize| paper.left + (indent + columns(column)) * cell;
        let style = first.style;
        let (left, right) = (x_of(first.column), x_of(last.column + last.columns));
        let high = if style.double_height { 2.0 } else { 1.0 };
        let wide = if style.double_width { 2.0 } else { 1.0 };
        if style.inverse {
            content.set_fill_gray(0.0);
            let bottom = base - paper.size * 0.32 * high;
            content.rect(left, bottom, right - left, paper.line_height() * high);
            content.fill_nonzero();
        }
        let ink = if style.inverse { 1.0 } else { 0.0 };
        content.set_fill_gray(ink);
        let (font, name) = match style.bold {
            true => (&mut *self.bold, BOLD),
            false => (&mut *self.regular, REGULAR),
        };
        content.begin_text();
        content.set_font(name, paper.size);
        // An accent that follows its letter is set over the letter's cell.
        let start = match first.columns {
            0 => x_of(first.column) - cell * wide,
            _ => left,
        };
        content.set_text_matrix([wide, 0.0, 0.0, high, start, base]);
        let replaced = show(run, font, content)?;
        content.end_text();
        self.replaced += replaced;
        if style.underline {
            content.rect(
                left,
                base - paper.size * 0.16 * high,
                right - left,
                paper.size * 0.06 * high,
            );
            content.fill_nonzero();
        }
        Ok(())
    }

    fn footer(&mut self, words: &str, paper: &Paper, content: &mut Content) -> Result<()> {
        let size = paper.size * 0.8;
        let width = columns(words.chars().count()) * size * ADVANCE;
        let mut glyphs = Vec::new();
        for character in words.chars() {
            let (Shown::Glyph(glyph) | Shown::Replaced(glyph)) = self.regular.show(character)?;
            glyphs.extend_from_slice(&glyph.to_be_bytes());
        }
        content.set_fill_gray(0.35);
        content.begin_text();
        content.set_font(REGULAR, size);
        content.set_text_matrix([1.0, 0.0, 0.0, 1.0, (paper.width - width) / 2.0, 24.0]);
        content.show(Str(&glyphs));
        content.end_text();
        Ok(())
    }
}

/// Whether a cell continues the run that a first one begins.
fn belongs(first: &Cell, cell: &Cell) -> bool {
    first.style == cell.style
        && (std::ptr::eq(first, cell) || first.columns > 0 && cell.columns > 0)
}

/// Shows the glyphs of a run. What the font lacks is shown as a replacement, and copied as what it is.
fn show(run: &[Cell], font: &mut Font, content: &mut Content) -> Result<usize> {
    let mut replaced = 0;
    let mut glyphs = Vec::new();
    for cell in run {
        match font.show(cell.character)? {
            Shown::Glyph(glyph) => glyphs.extend_from_slice(&glyph.to_be_bytes()),
            Shown::Replaced(glyph) => {
                replaced += 1;
                if !glyphs.is_empty() {
                    content.show(Str(&glyphs));
                    glyphs.clear();
                }
                let text = cell.character.to_string();
                content
                    .begin_marked_content_with_properties(Name(b"Span"))
                    .properties()
                    .actual_text(TextStr(&text));
                content.show(Str(&glyph.to_be_bytes()));
                content.end_marked_content();
            }
        }
        // Chinese and emoji take two columns of their style.
        let usual = if cell.style.double_width { 2 } else { 1 };
        if cell.columns > usual {
            let (Shown::Glyph(space) | Shown::Replaced(space)) = font.show(' ')?;
            glyphs.extend_from_slice(&space.to_be_bytes());
        }
    }
    if !glyphs.is_empty() {
        content.show(Str(&glyphs));
    }
    Ok(replaced)
}

/// Dark modules as rectangles, neighbours in a row as one.
fn bars(modules: &Modules, x: f32, top: f32, width: f32, height: f32, content: &mut Content) {
    let (across, down) = (columns(modules.width()), columns(modules.rows.len()));
    if across == 0.0 || down == 0.0 {
        return;
    }
    let (wide, high) = (width / across, height / down);
    content.set_fill_gray(0.0);
    for (line, row) in modules.rows.iter().enumerate() {
        let bottom = top - high * columns(line + 1);
        let mut at = 0;
        for stretch in row.chunk_by(|left, right| left == right) {
            if stretch.first() == Some(&true) {
                let left = x + wide * columns(at);
                content.rect(left, bottom, wide * columns(stretch.len()), high);
            }
            at += stretch.len();
        }
    }
    content.fill_nonzero();
}

/// A dashed line where the paper was cut.
fn cut(paper: &Paper, top: f32, content: &mut Content) {
    content.save_state();
    content.set_stroke_gray(0.5);
    content.set_line_width(0.6);
    content.set_dash_pattern([4.0, 3.0], 0.0);
    let y = top - paper.line_height();
    content.move_to(paper.left, y);
    content.line_to(paper.left + paper.inner, y);
    content.stroke();
    content.restore_state();
}

fn columns(count: usize) -> f32 {
    f32::from(u16::try_from(count).unwrap_or(u16::MAX))
}
