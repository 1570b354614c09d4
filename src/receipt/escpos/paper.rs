//! The paper: where the next sign goes, and what stands on it already.

use super::dots::Dots;
use super::line::Cells;
use crate::error::Result;
use crate::receipt::printed::{Align, Block, Code, Line, Printed, Style};
use unicode_width::UnicodeWidthChar;

/// Dots across a sign of font A, the usual one, and of the smaller font B.
pub(super) const FONT_A_DOTS: usize = 12;
pub(super) const FONT_B_DOTS: usize = 9;

/// Dots across the paper of 80 mm, until `GS W` says otherwise; and of the widest paper there is.
const USUAL_AREA_DOTS: usize = 576;
const MAX_AREA_DOTS: usize = 832;

/// Columns that printers have; the paper is the narrowest of them that holds every line.
const USUAL_COLUMNS: [usize; 5] = [32, 42, 48, 56, 64];

/// Empty lines in a row that are kept: a till feeds paper to its cutter, a reader only scrolls.
const MOST_EMPTY_LINES: usize = 3;

/// Dots from one line to the next, until `ESC 3` says otherwise (1/6 inch).
pub(super) const USUAL_SPACING_DOTS: usize = 30;

/// Lines, pictures and codes of one receipt: ten times the longest that we know of.
pub(super) const MAX_BLOCKS: usize = 5_000;

/// Pictures of one receipt, and the dots of all of them.
const MAX_PICTURES: usize = 50;
const MAX_PICTURE_DOTS: usize = 16 << 20;

/// The paper, and how the next sign is set.
#[derive(Debug)]
pub(super) struct Paper {
    blocks: Vec<Block>,
    cells: Cells,
    column: usize,
    dots: usize,
    /// Where this line stands: as it was set when the line began, which is what the printer takes.
    line_align: Align,
    empty_lines: usize,
    widest: usize,
    /// What was drawn last; a band that follows at once belongs to it.
    drawn: Option<(Dots, Align)>,
    /// A band of columns in this line: bytes per column, dots across and down for each dot, columns.
    band: Option<(usize, (usize, usize), Vec<u8>)>,
    pictures: usize,
    picture_dots: usize,
    area_dots: usize,
    /// Tab stops in dots.
    tabs: Vec<usize>,
    pub(super) set: Setting,
}

/// How the next sign is set; `ESC @` takes it all back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    pub(super) align: Align,
    pub(super) bold: bool,
    pub(super) double_strike: bool,
    pub(super) underline: bool,
    pub(super) inverse: bool,
    /// How many times as wide and as high, 1 to 8.
    pub(super) times_wide: usize,
    pub(super) times_high: usize,
    pub(super) font_dots: usize,
    pub(super) spacing_dots: usize,
}

impl Default for Setting {
    fn default() -> Self {
        Setting {
            align: Align::Left,
            bold: false,
            double_strike: false,
            underline: false,
            inverse: false,
            times_wide: 1,
            times_high: 1,
            font_dots: FONT_A_DOTS,
            spacing_dots: USUAL_SPACING_DOTS,
        }
    }
}

impl Setting {
    fn style(&self) -> Style {
        Style {
            bold: self.bold || self.double_strike,
            underline: self.underline,
            inverse: self.inverse,
            double_width: self.times_wide > 1,
            double_height: self.times_high > 1,
        }
    }
}

impl Default for Paper {
    fn default() -> Self {
        Paper {
            blocks: Vec::new(),
            cells: Cells::default(),
            column: 0,
            dots: 0,
            line_align: Align::Left,
            empty_lines: 0,
            widest: 0,
            drawn: None,
            band: None,
            pictures: 0,
            picture_dots: 0,
            area_dots: USUAL_AREA_DOTS,
            tabs: usual_tabs(),
            set: Setting::default(),
        }
    }
}

/// Every eight columns.
fn usual_tabs() -> Vec<usize> {
    (1..=8).map(|stop| stop * 8 * FONT_A_DOTS).collect()
}

impl Paper {
    /// `ESC @`. What is not printed yet is kept: it may be a figure.
    pub(super) fn reset(&mut self) -> Result<()> {
        self.finish_line()?;
        self.set = Setting::default();
        self.tabs = usual_tabs();
        self.area_dots = USUAL_AREA_DOTS;
        Ok(())
    }

    pub(super) fn is_full(&self) -> bool {
        self.blocks.len() >= MAX_BLOCKS
    }

    /// Prints a sign, on a new line where this one is full.
    pub(super) fn put(&mut self, sign: char) -> Result<()> {
        // Printers draw the soft hyphen of the old code pages.
        let sign = if sign == '\u{ad}' { '-' } else { sign };
        let width = sign.width().unwrap_or(0);
        if width == 0 {
            self.cells.put_accent(self.column, sign);
            return Ok(());
        }
        let dots = self.set.font_dots * self.set.times_wide * width;
        if self.dots > 0 && self.dots + dots > self.area_dots {
            self.finish_line()?;
        }
        self.begin_line();
        let style = self.set.style();
        let columns = if style.double_width { 2 } else { 1 } * width;
        self.cells.put(self.column, sign, style, columns);
        self.column += columns;
        self.dots += dots;
        Ok(())
    }

    /// Goes to a place across the paper; beyond its edge there is none, and nothing happens, as in the printer.
    pub(super) fn move_to(&mut self, dots: usize) {
        if dots >= self.area_dots {
            return;
        }
        let columns = |dots: usize| (dots + self.set.font_dots / 2) / self.set.font_dots;
        // Rounded places are subtracted: rounding each step would add up.
        self.column = if dots >= self.dots {
            self.column + columns(dots) - columns(self.dots)
        } else {
            columns(dots).min(self.column)
        };
        self.dots = dots;
    }

    /// Moves from where the last sign ended; `ESC \`.
    pub(super) fn move_by(&mut self, dots: i16) {
        let to = self.dots.checked_add_signed(isize::from(dots));
        if let Some(to) = to {
            self.move_to(to);
        }
    }

    /// Goes to the next tab stop. Where there is none a space keeps label and figure apart.
    pub(super) fn tab(&mut self) -> Result<()> {
        match self.tabs.iter().find(|stop| **stop > self.dots).copied() {
            Some(stop) if stop < self.area_dots => self.move_to(stop),
            _ => self.put(' ')?,
        }
        Ok(())
    }

    /// `ESC D`: tab stops in columns.
    pub(super) fn set_tabs(&mut self, columns: &[u8]) {
        let dots = self.set.font_dots * self.set.times_wide;
        self.tabs = columns
            .iter()
            .map(|column| usize::from(*column) * dots)
            .collect();
    }

    /// `GS W`.
    pub(super) fn set_area(&mut self, dots: usize) {
        self.area_dots = dots.clamp(FONT_A_DOTS * 8, MAX_AREA_DOTS);
    }

    /// Prints the line and goes to the next one.
    pub(super) fn line_feed(&mut self) -> Result<()> {
        if !self.finish_line()? {
            self.feed_lines(1)?;
        }
        Ok(())
    }

    /// Prints the line and feeds so many lines, the line's own among them.
    pub(super) fn feed_lines(&mut self, lines: usize) -> Result<()> {
        let own = usize::from(self.finish_line()?);
        let empty = lines.saturating_sub(own);
        if empty > 0 {
            self.place_drawn()?;
        }
        self.empty_lines = self.empty_lines.saturating_add(empty).min(MOST_EMPTY_LINES);
        Ok(())
    }

    /// Prints the line and feeds so many dots.
    pub(super) fn feed_dots(&mut self, dots: usize) -> Result<()> {
        self.feed_lines(dots / self.set.spacing_dots.max(1))
    }

    /// Prints what stands in the line; tells whether there was anything.
    pub(super) fn finish_line(&mut self) -> Result<bool> {
        (self.column, self.dots) = (0, 0);
        let mut anything = false;
        if let Some((column_bytes, (across, down), columns)) = self.band.take() {
            anything = true;
            let dots = Dots::of_columns(column_bytes, &columns);
            if let Some(dots) = dots.and_then(|dots| dots.scaled(across, down)) {
                self.draw(dots, self.line_align)?;
            }
        }
        if !self.cells.is_empty() {
            anything = true;
            let (line, columns) = self.cells.finish(self.line_align);
            self.widest = self.widest.max(columns);
            self.place(Block::Line(line))?;
        }
        Ok(anything)
    }

    /// Adds columns of dots to the line; what goes beyond the widest picture is cut, as at the paper's edge.
    pub(super) fn add_columns(
        &mut self,
        column_bytes: usize,
        scale: (usize, usize),
        columns: &[u8],
    ) -> Result<()> {
        let fits =
            |band: &(usize, (usize, usize), Vec<u8>)| (band.0, band.1) == (column_bytes, scale);
        if self.band.as_ref().is_some_and(|band| !fits(band)) {
            self.finish_line()?;
        }
        self.begin_line();
        let (.., all) = self
            .band
            .get_or_insert_with(|| (column_bytes, scale, Vec::new()));
        let room = (super::dots::MAX_WIDTH / scale.0 * column_bytes).saturating_sub(all.len());
        all.extend_from_slice(columns.get(..room).unwrap_or(columns));
        Ok(())
    }

    /// Tells whether a picture of so many dots may still be drawn.
    pub(super) fn has_room(&self, dots: usize) -> bool {
        self.picture_dots + dots <= MAX_PICTURE_DOTS && self.pictures < MAX_PICTURES
    }

    /// Draws a picture; tells whether there was room for it.
    pub(super) fn draw(&mut self, dots: Dots, align: Align) -> Result<bool> {
        if !self.has_room(dots.area()) {
            return Ok(false);
        }
        self.picture_dots += dots.area();
        let mut left = Some(dots);
        if let Some((above, _)) = self.drawn.as_mut().filter(|(_, before)| *before == align) {
            left = left.and_then(|dots| above.append(dots));
        }
        if let Some(dots) = left {
            self.place_drawn()?;
            self.drawn = Some((dots, align));
        }
        Ok(true)
    }

    pub(super) fn place_code(&mut self, code: Code) -> Result<()> {
        self.finish_line()?;
        let align = self.set.align;
        self.place(Block::Code { code, align })
    }

    pub(super) fn cut(&mut self) -> Result<()> {
        self.finish_line()?;
        self.place_drawn()?;
        self.empty_lines = 0;
        if !matches!(self.blocks.last(), None | Some(Block::Cut)) {
            self.blocks.push(Block::Cut);
        }
        Ok(())
    }

    /// The receipt, from its first line to its last.
    pub(super) fn printed(mut self) -> Result<Printed> {
        self.finish_line()?;
        self.place_drawn()?;
        if self.blocks.last() == Some(&Block::Cut) {
            self.blocks.pop();
        }
        let fits = |columns: &usize| *columns >= self.widest;
        let columns = USUAL_COLUMNS.into_iter().find(fits);
        Ok(Printed {
            columns: columns.unwrap_or(self.widest),
            blocks: self.blocks,
        })
    }

    fn begin_line(&mut self) {
        if self.cells.is_empty() && self.band.is_none() {
            self.line_align = self.set.align;
        }
    }

    fn place(&mut self, block: Block) -> Result<()> {
        self.place_drawn()?;
        // A slip does not begin with empty lines.
        if !matches!(self.blocks.last(), None | Some(Block::Cut)) {
            let empty = std::iter::repeat_with(|| Block::Line(Line::default()));
            self.blocks.extend(empty.take(self.empty_lines));
        }
        self.empty_lines = 0;
        self.blocks.push(block);
        Ok(())
    }

    /// Puts the picture that waited for more bands onto the paper; a white one is no more than a feed.
    fn place_drawn(&mut self) -> Result<()> {
        if let Some((dots, align)) = self.drawn.take().filter(|(dots, _)| !dots.is_white()) {
            self.pictures += 1;
            let picture = dots.picture()?;
            self.place(Block::Picture { picture, align })?;
        }
        Ok(())
    }
}
