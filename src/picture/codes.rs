//! Bar codes and QR codes: checked, turned into modules, drawn as crisp PNG.
//!
//! Whole pixels for each module, the quiet zone that the symbology asks for, and white paper of its own, so that
//! a code is read from a phone in dark mode too. The picture has twice the pixels it is shown at: phones have them.
//!
//! The words below a bar code are not in the picture: text is read aloud, copied and found.

mod code128;
mod linear;

use super::{Picture, png};
use crate::error::{Error, MAIL_E_TOO_LARGE, MAIL_E_VALUE, Result};
use crate::receipt::printed::{Code, Symbology};
use crate::text::{self, Text};
use qrcodegen::{QrCode, QrCodeEcc, QrSegment};

/// Longest payload of a bar code: no till's scanner reads more, and it would not fit a receipt.
const MAX_LINEAR: usize = 80;
/// Longest payload of a QR code: beyond, its modules get too small for a phone to read from a screen.
pub(crate) const MAX_QR: usize = 1_000;
/// QR's ECI number of UTF-8 (AIM ECI 000026).
const ECI_UTF8: u32 = 26;
/// ISO/IEC 18004: four modules of white around a QR code.
const QR_QUIET: usize = 4;

/// Pixels of the picture for each pixel shown.
const SHARPNESS: u32 = 2;
/// Widest bar code where it can be kept: a phone of 320 pixels with its margins.
const WIDEST_SHOWN: u32 = 280;
/// Height of the bars, in pixels shown.
const BAR_HEIGHT_SHOWN: u32 = 56;
/// White above and below the bars, so that dark mode leaves an edge.
const MARGIN_SHOWN: u32 = 4;
/// A QR code is drawn about so wide.
const QR_SHOWN: u32 = 180;

/// The dark and light modules of a code with its quiet zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Modules {
    /// From top to bottom; a bar code has one row. All are equally long.
    pub(crate) rows: Vec<Vec<bool>>,
}

impl Modules {
    pub(crate) fn width(&self) -> usize {
        self.rows.first().map_or(0, Vec::len)
    }

    pub(crate) fn is_bars(&self) -> bool {
        self.rows.len() == 1
    }
}

/// Draws a code. The error names the field `payload`.
pub(crate) fn draw(code: &Code) -> Result<Picture> {
    let modules = modules(code)?;
    let wide = u32::try_from(modules.width()).map_err(Error::bug)?;
    let scale = scale(wide, modules.is_bars());
    let (bars, margin) = match modules.is_bars() {
        true => (BAR_HEIGHT_SHOWN * SHARPNESS, MARGIN_SHOWN * SHARPNESS),
        false => (scale, 0),
    };
    let mut canvas = Canvas::new(wide * scale);
    canvas.repeat(&[], margin, scale);
    for row in &modules.rows {
        canvas.repeat(row, bars, scale);
    }
    canvas.repeat(&[], margin, scale);
    png::monochrome(canvas.width, canvas.height, &canvas.bits)
}

/// Gives width and height at which a drawn code is shown, in CSS pixels.
pub(crate) fn shown(drawn: &Picture) -> (u32, u32) {
    (drawn.width / SHARPNESS, drawn.height / SHARPNESS)
}

/// Checks a payload and gives its modules. The error names the field `payload`.
pub(crate) fn modules(code: &Code) -> Result<Modules> {
    let fault = |message: Text| Error::at(MAIL_E_VALUE, "payload", message);
    let most = match code.symbology {
        Symbology::Qr => MAX_QR,
        _ => MAX_LINEAR,
    };
    if code.payload.len() > most {
        return Err(Error::at(
            MAIL_E_TOO_LARGE,
            "payload",
            text::longer_than(most),
        ));
    }
    if code.payload.is_empty() {
        return Err(fault(text::empty()));
    }
    match code.symbology {
        Symbology::Qr => qr(&code.payload),
        Symbology::Code128 => code128::bars(&code.payload)
            .map(|bars| with_quiet_zone(&bars, 10))
            .map_err(fault),
        symbology => linear::bars(symbology, &code.payload)
            .map(|(bars, quiet)| with_quiet_zone(&bars, quiet))
            .map_err(fault),
    }
}

fn with_quiet_zone(bars: &[bool], quiet: usize) -> Modules {
    let white = || std::iter::repeat_n(false, quiet);
    let row = white().chain(bars.iter().copied()).chain(white());
    Modules {
        rows: vec![row.collect()],
    }
}

fn qr(payload: &str) -> Result<Modules> {
    let too_large = |_| Error::at(MAIL_E_TOO_LARGE, "payload", text::longer_than(MAX_QR));
    let mut segments = QrSegment::make_segments(payload);
    if !payload.is_ascii() {
        // Without it, readers guess the encoding, and some guess Shift JIS.
        segments.insert(0, QrSegment::make_eci(ECI_UTF8));
    }
    // Level M, or a better one where the same size holds it.
    let qr = QrCode::encode_segments(&segments, QrCodeEcc::Medium).map_err(too_large)?;
    let size = qr.size();
    let quiet = i32::try_from(QR_QUIET).map_err(Error::bug)?;
    let row = |y| {
        (-quiet..size + quiet)
            .map(|x| qr.get_module(x, y))
            .collect()
    };
    Ok(Modules {
        rows: (-quiet..size + quiet).map(row).collect(),
    })
}

/// Pixels of one module: as many as fit, and never less than one pixel shown.
fn scale(wide: u32, is_bars: bool) -> u32 {
    let (room, most) = match is_bars {
        true => (WIDEST_SHOWN, 2 * SHARPNESS),
        false => (QR_SHOWN, 5 * SHARPNESS),
    };
    (room * SHARPNESS / wide.max(1)).clamp(SHARPNESS, most)
}

/// Rows of dots, one bit each.
struct Canvas {
    width: u32,
    height: u32,
    bits: Vec<u8>,
}

impl Canvas {
    fn new(width: u32) -> Self {
        Canvas {
            width,
            height: 0,
            bits: Vec::new(),
        }
    }

    /// Adds the same row of modules several times; what is missing of it is white.
    fn repeat(&mut self, modules: &[bool], times: u32, scale: u32) {
        let dots: Vec<bool> = modules
            .iter()
            .flat_map(|dark| (0..scale).map(|_| *dark))
            .chain(std::iter::repeat(false))
            .zip(0..self.width)
            .map(|(dark, _)| dark)
            .collect();
        let row: Vec<u8> = dots
            .chunks(8)
            .map(|byte| {
                let dark = byte.iter().zip([128_u8, 64, 32, 16, 8, 4, 2, 1]);
                dark.fold(0, |sum, (dark, bit)| if *dark { sum | bit } else { sum })
            })
            .collect();
        for _ in 0..times {
            self.bits.extend_from_slice(&row);
        }
        self.height += times;
    }
}

#[cfg(test)]
mod tests;
