//! The commands `GS …`: sizes, cuts, and those whose length stands in them. Codes and pictures have their own files.

use super::commands::{Done, Printer, need, pair};
use super::lengths;
use crate::error::Result;

impl Printer<'_> {
    pub(super) fn gs(&mut self) -> Done {
        let name = need!(self.stream.byte());
        if let Some(length) = lengths::of(lengths::GS, name) {
            let parameters = need!(self.stream.take(length));
            return self.gs_fixed(name, parameters).map(Some);
        }
        match name {
            b'V' => return self.cut(),
            b'k' => return self.bar_code(),
            b'v' => return self.raster_picture(),
            b'*' => return Ok(self.download_picture()),
            b'(' => {
                let function = need!(self.stream.byte());
                let length = need!(self.stream.number());
                return self.gs_counted(function, length);
            }
            b'8' => {
                let function = need!(self.stream.byte());
                let length = u32::from_le_bytes(need!(self.stream.array()));
                return self.gs_counted(function, usize::try_from(length).unwrap_or(usize::MAX));
            }
            b'C' => return Ok(self.counter()),
            b'D' => return Ok(self.windows_picture()),
            b'Q' => {
                let [_, _, a, b, c, d] = need!(self.stream.array());
                let (across, down) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
                need!(self.stream.take(usize::from(across) * usize::from(down)));
                self.skipped += 1;
            }
            _ => self.skipped += 1,
        }
        Ok(Some(()))
    }

    fn gs_fixed(&mut self, name: u8, parameters: &[u8]) -> Result<()> {
        let n = parameters.first().copied().unwrap_or(0);
        match name {
            b'!' => {
                self.paper.set.times_wide = usize::from(n >> 4 & 7) + 1;
                self.paper.set.times_high = usize::from(n & 7) + 1;
            }
            b'B' => self.paper.set.inverse = n & 1 == 1,
            b'H' => self.shows_text = matches!(n, 1..=3 | b'1'..=b'3'),
            b'W' => self
                .paper
                .set_area(usize::from(u16::from_le_bytes(pair(parameters)))),
            // Up or down the page: what comes next is another line.
            b'$' | b'\\' => {
                self.paper.finish_line()?;
            }
            b'/' => self.print_download(n)?,
            // A macro is run, a counter printed: we do not keep them.
            b'^' | b'c' => self.skipped += 1,
            _ => {}
        }
        Ok(())
    }

    /// `GS V`: some of its forms feed first.
    fn cut(&mut self) -> Done {
        if let 65 | 66 | 97 | 98 | 103 | 104 = need!(self.stream.byte()) {
            need!(self.stream.byte());
        }
        self.paper.cut()?;
        Ok(Some(()))
    }

    /// `GS ( x` and `GS 8 x`, whose length stands in them.
    fn gs_counted(&mut self, function: u8, length: usize) -> Done {
        if function == b'L' {
            return self.graphics(length);
        }
        let parameters = need!(self.stream.take(length));
        match (function, parameters) {
            (b'k', [kind, number, rest @ ..]) => self.two_dimensional(*kind, *number, rest)?,
            // Settings, tests, tones and answers: A test print, C memory, D real time, E set-up, H answers,
            // K speed, M customising, N colour, P page mode, Y both.
            (b'A' | b'C'..=b'E' | b'H' | b'K' | b'M' | b'N' | b'P' | b'Y', _) => {}
            _ => self.skipped += 1,
        }
        Ok(Some(()))
    }

    /// `GS C`: how the counter counts; digits with semicolons in one of its forms.
    fn counter(&mut self) -> Option<()> {
        match self.stream.byte()? {
            b'0' | b'2' => self.stream.take(2).map(|_| ()),
            b'1' => self.stream.take(6).map(|_| ()),
            b';' => {
                for _ in 0..5 {
                    if self.stream.until(b';', 8).is_none() {
                        self.skipped += 1;
                        break;
                    }
                }
                Some(())
            }
            _ => {
                self.skipped += 1;
                Some(())
            }
        }
    }
}
