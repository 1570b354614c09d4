//! A printer at work: text, control characters, and which family a command belongs to. The families of `ESC` and `GS`
//! have their own files.
//!
//! A method gives `None` where the bytes end inside its command.

use super::code_page::CodePage;
use super::lengths;
use super::paper::{MAX_BLOCKS, Paper};
use super::pictures::Pictures;
use super::stream::Stream;
use super::{Printed, Skipped};
use crate::error::{Error, MAIL_E_TOO_LARGE, Result};
use crate::text;

pub(super) const HT: u8 = 0x09;
pub(super) const LF: u8 = 0x0a;
pub(super) const FF: u8 = 0x0c;
pub(super) const CR: u8 = 0x0d;
pub(super) const DLE: u8 = 0x10;
pub(super) const ESC: u8 = 0x1b;
pub(super) const FS: u8 = 0x1c;
pub(super) const GS: u8 = 0x1d;

/// A command that went well, or of which the end is missing.
pub(super) type Done = Result<Option<()>>;

/// Gives what a command needs, or ends it: the bytes are gone.
macro_rules! need {
    ($value:expr) => {
        match $value {
            Some(value) => value,
            None => return Ok(None),
        }
    };
}
pub(super) use need;

/// A printer at work.
#[derive(Debug)]
pub(super) struct Printer<'a> {
    pub(super) stream: Stream<'a>,
    pub(super) paper: Paper,
    pub(super) pictures: Pictures,
    pub(super) skipped: usize,
    pub(super) code_page: CodePage,
    /// Whether the next bar code has its payload below or above it; `GS H`.
    pub(super) shows_text: bool,
    /// What `GS ( k` has stored, by kind of code.
    pub(super) stored: Option<(u8, Vec<u8>)>,
}

impl<'a> Printer<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Printer {
            stream: Stream::new(bytes),
            paper: Paper::default(),
            pictures: Pictures::default(),
            skipped: 0,
            code_page: CodePage::default(),
            shows_text: false,
            stored: None,
        }
    }

    pub(super) fn print(mut self) -> Result<(Printed, Skipped)> {
        while let Some(byte) = self.stream.next() {
            // A truncated command is the last one.
            if self.command(byte)?.is_none() {
                break;
            }
            if self.paper.is_full() {
                let message = text::longer_than_lines(MAX_BLOCKS);
                return Err(Error::new(MAIL_E_TOO_LARGE, message));
            }
        }
        let skipped = Skipped {
            commands: self.skipped,
            truncated: self.stream.is_truncated(),
        };
        Ok((self.paper.printed()?, skipped))
    }

    fn command(&mut self, byte: u8) -> Done {
        match byte {
            HT => self.paper.tab()?,
            LF => self.paper.line_feed()?,
            CR => self.carriage_return()?,
            FF => {
                self.paper.finish_line()?;
            }
            DLE => return Ok(self.dle()),
            ESC => return self.esc(),
            FS => return self.fs(),
            GS => return self.gs(),
            // Padding, and the bell; CAN ends page mode, which we read as lines.
            0x00 | 0x07 | 0x18 => {}
            0x01..=0x1f | 0x7f => self.skipped += 1,
            _ => self.sign(byte)?,
        }
        Ok(Some(()))
    }

    /// Tills end lines with LF, with CR LF, and some with CR alone.
    fn carriage_return(&mut self) -> Result<()> {
        if self.stream.peek() != Some(LF) {
            self.paper.finish_line()?;
        }
        Ok(())
    }

    fn sign(&mut self, byte: u8) -> Result<()> {
        let sign = if self.code_page.utf8 && byte >= 0x80 {
            self.utf8(byte)
        } else {
            self.code_page.character(byte)
        };
        sign.map_or(Ok(()), |sign| self.paper.put(sign))
    }

    /// Reads the rest of a character; what is no UTF-8 is not printed.
    fn utf8(&mut self, first: u8) -> Option<char> {
        let more = match first {
            0xc2..=0xdf => 1,
            0xe0..=0xef => 2,
            0xf0..=0xf4 => 3,
            _ => return None,
        };
        let mut bytes = vec![first];
        for _ in 0..more {
            let next = self.stream.peek().filter(|byte| byte & 0xc0 == 0x80)?;
            self.stream.next();
            bytes.push(next);
        }
        let sign = std::str::from_utf8(&bytes).ok()?.chars().next()?;
        (!sign.is_control()).then_some(sign)
    }

    /// Real-time commands: status, drawer, power. Nothing of them is seen on paper.
    fn dle(&mut self) -> Option<()> {
        match self.stream.byte()? {
            // DLE EOT, DLE ENQ
            0x04 => {
                if let 7 | 8 | 18 = self.stream.byte()? {
                    self.stream.byte()?;
                }
            }
            0x05 => {
                self.stream.byte()?;
            }
            // DLE DC4
            0x14 => {
                let length = match self.stream.byte()? {
                    1 | 2 => 2,
                    3 => 5,
                    7 => 1,
                    8 => 7,
                    _ => 0,
                };
                self.stream.take(length)?;
            }
            _ => self.skipped += 1,
        }
        Some(())
    }

    fn fs(&mut self) -> Done {
        let name = need!(self.stream.byte());
        if let Some(length) = lengths::of(lengths::FS, name) {
            need!(self.stream.take(length));
            // A picture out of the printer's memory, which we have never seen.
            self.skipped += usize::from(name == b'p');
            return Ok(Some(()));
        }
        match name {
            b'(' => {
                let function = need!(self.stream.byte());
                let length = need!(self.stream.number());
                let parameters = need!(self.stream.take(length));
                match (function, parameters) {
                    (b'C', [48, encoding, ..]) => {
                        self.code_page.utf8 = matches!(encoding, 2 | b'2')
                    }
                    (b'A' | b'C' | b'E', _) => {}
                    _ => self.skipped += 1,
                }
            }
            b'g' => {
                need!(self.memory());
            }
            b'q' => {
                need!(self.memory_pictures());
            }
            _ => self.skipped += 1,
        }
        Ok(Some(()))
    }

    /// `FS g`: writes the printer's memory (1) or asks for it (2).
    fn memory(&mut self) -> Option<()> {
        let [function, _, _, _, _, _, low, high] = self.stream.array()?;
        let length = usize::from(u16::from_le_bytes([low, high]));
        self.stream
            .take(if function == b'1' { length } else { 0 })?;
        Some(())
    }

    /// `FS q`: stores pictures, without printing them.
    fn memory_pictures(&mut self) -> Option<()> {
        for _ in 0..self.stream.byte()? {
            let (across, down) = (self.stream.number()?, self.stream.number()?);
            self.stream.take((across * down).saturating_mul(8))?;
        }
        Some(())
    }
}

/// The first two parameters.
pub(super) fn pair(parameters: &[u8]) -> [u8; 2] {
    match parameters {
        [low, high, ..] => [*low, *high],
        _ => [0, 0],
    }
}
