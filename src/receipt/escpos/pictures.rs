//! Commands that draw: `GS v 0`, `ESC *`, `GS ( L` and `GS 8 L`, `GS *` with `GS /`.

use super::commands::{Done, Printer, need};
use super::dots::Dots;
use crate::error::Result;

/// Pictures that wait for their print command.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    /// `GS ( L`, function 112 or 113.
    graphics: Option<Dots>,
    /// `GS *`.
    downloaded: Option<Dots>,
}

impl Printer<'_> {
    /// `GS v 0`: rows of bytes, drawn at once. Of a truncated one, the rows that are there.
    pub(super) fn raster_picture(&mut self) -> Done {
        let [_, mode] = need!(self.stream.array());
        let (row_bytes, height) = (need!(self.stream.number()), need!(self.stream.number()));
        let rows = self.stream.take_what_is_there(row_bytes * height);
        let dots = Dots::of_rows(row_bytes * 8, rows);
        let scaled = dots.and_then(|dots| {
            let (across, down) = scale(mode);
            dots.scaled(across, down)
        });
        self.draw(scaled)?;
        Ok(Some(()))
    }

    /// `ESC *`: a band of columns in the line.
    pub(super) fn column_picture(&mut self) -> Done {
        let mode = need!(self.stream.byte());
        let columns = need!(self.stream.number());
        // Dots of the coarse modes are two dots wide, or three high.
        let (column_bytes, scale) = match mode {
            0 => (1, (2, 3)),
            1 => (1, (1, 3)),
            32 => (3, (2, 1)),
            33 => (3, (1, 1)),
            _ => {
                self.skipped += 1;
                return Ok(Some(()));
            }
        };
        let bytes = self.stream.take_what_is_there(columns * column_bytes);
        let whole = bytes.len() - bytes.len() % column_bytes;
        let bytes = bytes.get(..whole).unwrap_or_default();
        if !bytes.is_empty() {
            self.paper.add_columns(column_bytes, scale, bytes)?;
        }
        Ok(Some(()))
    }

    /// `GS ( L` and `GS 8 L`: stores a picture, then prints it.
    pub(super) fn graphics(&mut self, length: usize) -> Done {
        let bytes = need!(self.stream.take(length));
        match bytes {
            [48, 112, tone, across, down, _, a, b, _, _, rows @ ..] => {
                let width = usize::from(u16::from_le_bytes([*a, *b]));
                let dots = Dots::of_rows(width, rows).filter(|_| *tone == 48);
                self.store_graphics(dots, (*across, *down));
            }
            [48, 113, tone, across, down, _, _, _, c, d, columns @ ..] => {
                let column_bytes = usize::from(u16::from_le_bytes([*c, *d])).div_ceil(8);
                let dots = Dots::of_columns(column_bytes, columns).filter(|_| *tone == 48);
                self.store_graphics(dots, (*across, *down));
            }
            [48, 2 | 50, ..] => {
                let dots = self.pictures.graphics.take();
                self.draw(dots)?;
            }
            // Prints a picture out of the printer's memory, or one that was loaded by its key.
            [48, 69 | 85, ..] => self.skipped += 1,
            // Stores, deletes and asks.
            _ => {}
        }
        Ok(Some(()))
    }

    fn store_graphics(&mut self, dots: Option<Dots>, (across, down): (u8, u8)) {
        let times = |n: u8| if n == 2 { 2 } else { 1 };
        self.pictures.graphics = dots.and_then(|dots| dots.scaled(times(across), times(down)));
    }

    /// `GS *`: loads a picture that `GS /` prints.
    pub(super) fn download_picture(&mut self) -> Option<()> {
        let [across, down] = self.stream.array()?;
        let column_bytes = usize::from(down);
        let columns = self.stream.take(usize::from(across) * 8 * column_bytes)?;
        self.pictures.downloaded = Dots::of_columns(column_bytes, columns);
        Some(())
    }

    pub(super) fn print_download(&mut self, mode: u8) -> Result<()> {
        let (across, down) = scale(mode);
        let loaded = self.pictures.downloaded.as_ref();
        // Three bytes ask for a whole picture: room is looked for before it is drawn.
        let fits = |dots: &&Dots| self.paper.has_room(dots.area() * across * down);
        let dots = loaded.filter(fits).cloned();
        self.draw(dots.and_then(|dots| dots.scaled(across, down)))
    }

    /// `GS D`: stores a bitmap of Windows, whose size stands in it.
    pub(super) fn windows_picture(&mut self) -> Option<()> {
        let [_, _, _, _, _, _, _, b, m, size @ ..] = self.stream.array::<13>()?;
        if [b, m] != *b"BM" {
            self.skipped += 1;
            return Some(());
        }
        let size = usize::try_from(u32::from_le_bytes(size)).unwrap_or(usize::MAX);
        self.stream.take(size.saturating_sub(6))?;
        Some(())
    }

    /// Draws a picture below what is printed; one that is absurd, or one too many, is counted.
    fn draw(&mut self, dots: Option<Dots>) -> Result<()> {
        self.paper.finish_line()?;
        let align = self.paper.set.align;
        let drawn = dots.map(|dots| self.paper.draw(dots, align)).transpose()?;
        self.skipped += usize::from(drawn != Some(true));
        Ok(())
    }
}

/// Bit 0: twice as wide; bit 1: twice as high.
fn scale(mode: u8) -> (usize, usize) {
    (usize::from(mode & 1) + 1, usize::from(mode >> 1 & 1) + 1)
}
