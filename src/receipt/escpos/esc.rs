//! The commands `ESC …`: how text is set, where it stands, and feeds.

use super::code_page::CodePage;
use super::commands::{Done, Printer, need, pair};
use super::lengths;
use super::paper::{FONT_A_DOTS, FONT_B_DOTS, USUAL_SPACING_DOTS};
use super::pictures::Pictures;
use crate::error::Result;
use crate::receipt::printed::Align;

impl Printer<'_> {
    pub(super) fn esc(&mut self) -> Done {
        let name = need!(self.stream.byte());
        if let Some(length) = lengths::of(lengths::ESC, name) {
            let parameters = need!(self.stream.take(length));
            return self.esc_fixed(name, parameters).map(Some);
        }
        match name {
            b'*' => return self.column_picture(),
            b'D' => {
                need!(self.tab_stops());
            }
            b'&' => {
                need!(self.user_signs());
            }
            b'(' => {
                need!(self.stream.byte());
                let length = need!(self.stream.number());
                need!(self.stream.take(length));
                self.skipped += 1;
            }
            _ => self.skipped += 1,
        }
        Ok(Some(()))
    }

    fn esc_fixed(&mut self, name: u8, parameters: &[u8]) -> Result<()> {
        let n = parameters.first().copied().unwrap_or(0);
        let number = usize::from(n);
        let last_bit = n & 1 == 1;
        let set = &mut self.paper.set;
        match name {
            b'!' => {
                set.font_dots = if last_bit { FONT_B_DOTS } else { FONT_A_DOTS };
                set.bold = n & 0x08 != 0;
                set.times_high = if n & 0x10 != 0 { 2 } else { 1 };
                set.times_wide = if n & 0x20 != 0 { 2 } else { 1 };
                set.underline = n & 0x80 != 0;
            }
            b'-' => set.underline = matches!(n, 1 | 2 | b'1' | b'2'),
            b'E' => set.bold = last_bit,
            b'G' => set.double_strike = last_bit,
            b'M' => {
                // Fonts C and later are as small as B or smaller.
                let is_a = matches!(n, 0 | b'0');
                set.font_dots = if is_a { FONT_A_DOTS } else { FONT_B_DOTS };
            }
            b'a' => set.align = align(n).unwrap_or(set.align),
            b'2' => set.spacing_dots = USUAL_SPACING_DOTS,
            b'3' => set.spacing_dots = number,
            b'@' => return self.reset(),
            b't' => self.skipped += usize::from(!self.code_page.select(n)),
            b'R' => self.skipped += usize::from(!self.code_page.select_national(n)),
            b'd' => self.paper.feed_lines(number)?,
            b'J' => self.paper.feed_dots(number)?,
            // Backwards: what comes next is another line.
            b'e' | b'K' => {
                self.paper.finish_line()?;
            }
            b'i' | b'm' => self.paper.cut()?,
            b'$' => self
                .paper
                .move_to(usize::from(u16::from_le_bytes(pair(parameters)))),
            b'\\' => self.paper.move_by(i16::from_le_bytes(pair(parameters))),
            _ => {}
        }
        Ok(())
    }

    fn reset(&mut self) -> Result<()> {
        self.paper.reset()?;
        self.code_page = CodePage::default();
        self.shows_text = false;
        self.stored = None;
        self.pictures = Pictures::default();
        Ok(())
    }

    /// `ESC D`: rising columns, to the NUL or to the first that does not rise.
    fn tab_stops(&mut self) -> Option<()> {
        let mut columns = Vec::new();
        while columns.len() < 32 {
            let Some(column) = self.stream.peek() else {
                return self.stream.byte().map(|_| ());
            };
            if column == 0 {
                break;
            }
            if columns.last().is_some_and(|last| column <= *last) {
                self.paper.set_tabs(&columns);
                return Some(());
            }
            columns.push(column);
            self.stream.next();
        }
        if self.stream.peek() == Some(0) {
            self.stream.next();
        }
        self.paper.set_tabs(&columns);
        Some(())
    }

    /// `ESC &`: signs that the till draws itself. They are not drawn; the characters in their place are.
    fn user_signs(&mut self) -> Option<()> {
        let [rows, first, last] = self.stream.array()?;
        for _ in first..=last {
            let columns = self.stream.byte()?;
            self.stream.take(usize::from(rows) * usize::from(columns))?;
        }
        self.skipped += 1;
        Some(())
    }
}

fn align(n: u8) -> Option<Align> {
    match n {
        0 | b'0' => Some(Align::Left),
        1 | b'1' => Some(Align::Centre),
        2 | b'2' => Some(Align::Right),
        _ => None,
    }
}
