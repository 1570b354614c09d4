//! Pictures of the receipt as image objects of the PDF.

use super::font::DEFLATE_LEVEL;
use crate::picture::Picture;
use miniz_oxide::deflate::compress_to_vec_zlib;
use pdf_writer::{Filter, Finish, Pdf, Ref};
use png::{ColorType, Decoder, Limits, Transformations};
use std::io::Cursor;

/// Bytes that a picture may take unpacked: a logo of 2500 × 2500 in RGBA.
const MOST_BYTES: usize = 26_000_000;

/// A picture in the form in which a PDF holds it.
#[derive(Debug)]
pub(super) struct Image {
    width: i32,
    height: i32,
    colours: Colours,
    filter: Filter,
    bytes: Vec<u8>,
    /// Deflated opacity, one byte a pixel.
    alpha: Option<Vec<u8>>,
}

#[derive(Debug, Clone, Copy)]
enum Colours {
    Grey,
    Rgb,
    Cmyk,
    InvertedCmyk,
}

/// Unpacks a picture; none where it is damaged.
pub(super) fn image(picture: &Picture) -> Option<Image> {
    match picture.content_type {
        "image/png" => png_image(&picture.bytes),
        "image/jpeg" => jpeg_image(picture),
        "image/gif" => gif_image(&picture.bytes),
        _ => None,
    }
}

fn png_image(bytes: &[u8]) -> Option<Image> {
    let limits = Limits { bytes: MOST_BYTES };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().ok()?;
    let size = reader.output_buffer_size()?;
    if size > MOST_BYTES {
        return None;
    }
    let mut pixels = vec![0; size];
    let info = reader.next_frame(&mut pixels).ok()?;
    pixels.truncate(info.buffer_size());
    let (colours, channels) = match info.color_type {
        ColorType::Grayscale => (Colours::Grey, 1),
        ColorType::GrayscaleAlpha => (Colours::Grey, 2),
        ColorType::Rgb => (Colours::Rgb, 3),
        ColorType::Rgba => (Colours::Rgb, 4),
        ColorType::Indexed => return None,
    };
    let (bytes, alpha) = deflated(&pixels, channels);
    Some(Image {
        width: i32::try_from(info.width).ok()?,
        height: i32::try_from(info.height).ok()?,
        colours,
        filter: Filter::FlateDecode,
        bytes,
        alpha,
    })
}

/// Deflates colours and, where there is one, the last channel: opacity.
fn deflated(pixels: &[u8], channels: usize) -> (Vec<u8>, Option<Vec<u8>>) {
    if channels % 2 == 1 {
        return (compress_to_vec_zlib(pixels, DEFLATE_LEVEL), None);
    }
    let each = || pixels.chunks_exact(channels);
    let colours: Vec<u8> = each()
        .filter_map(|pixel| pixel.split_last())
        .flat_map(|(_, colours)| colours.iter().copied())
        .collect();
    let alpha: Vec<u8> = each().filter_map(|pixel| pixel.last().copied()).collect();
    (
        compress_to_vec_zlib(&colours, DEFLATE_LEVEL),
        Some(compress_to_vec_zlib(&alpha, DEFLATE_LEVEL)),
    )
}

/// The first frame of a GIF: paper does not move.
fn gif_image(bytes: &[u8]) -> Option<Image> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    options.set_memory_limit(gif::MemoryLimit::Bytes(
        u64::try_from(MOST_BYTES).ok()?.try_into().ok()?,
    ));
    let mut decoder = options.read_info(Cursor::new(bytes)).ok()?;
    let width = usize::from(decoder.width());
    let height = usize::from(decoder.height());
    let size = width.checked_mul(height)?.checked_mul(4)?;
    if size > MOST_BYTES {
        return None;
    }
    let frame = decoder.read_next_frame().ok()??;
    // A frame may cover a part of the picture only; the rest is clear.
    let mut pixels = vec![0; size];
    let (left, wide) = (usize::from(frame.left), usize::from(frame.width));
    let rows = frame.buffer.chunks_exact(wide.max(1) * 4);
    for (row, line) in rows.enumerate() {
        let start = ((usize::from(frame.top) + row) * width + left) * 4;
        let room = width.saturating_sub(left).min(wide) * 4;
        let place = pixels.get_mut(start..start + room);
        if let (Some(place), Some(line)) = (place, line.get(..room)) {
            place.copy_from_slice(line);
        }
    }
    let (bytes, alpha) = deflated(&pixels, 4);
    Some(Image {
        width: i32::from(decoder.width()),
        height: i32::from(decoder.height()),
        colours: Colours::Rgb,
        filter: Filter::FlateDecode,
        bytes,
        alpha,
    })
}

/// A JPEG goes in as it is.
fn jpeg_image(picture: &Picture) -> Option<Image> {
    let colours = match components(&picture.bytes)? {
        1 => Colours::Grey,
        3 => Colours::Rgb,
        // Adobe's programs write their inks the other way round, and say in APP14 that it was them.
        4 if picture
            .bytes
            .windows(7)
            .any(|part| part == b"\xff\xee\0\x0eAdo") =>
        {
            Colours::InvertedCmyk
        }
        4 => Colours::Cmyk,
        _ => return None,
    };
    Some(Image {
        width: i32::try_from(picture.width).ok()?,
        height: i32::try_from(picture.height).ok()?,
        colours,
        filter: Filter::DctDecode,
        bytes: picture.bytes.to_vec(),
        alpha: None,
    })
}

/// Components in the frame header of a JPEG.
fn components(bytes: &[u8]) -> Option<u8> {
    let mut at = 2;
    loop {
        let [0xFF, marker, high, low] = *bytes.get(at..)?.first_chunk::<4>()? else {
            return None;
        };
        match marker {
            0xFF => at += 1,
            0xC4 | 0xC8 | 0xCC => at += 2 + usize::from(u16::from_be_bytes([high, low])),
            0xC0..=0xCF => return bytes.get(at + 9).copied(),
            0xD8..=0xDA => return None,
            _ => at += 2 + usize::from(u16::from_be_bytes([high, low])),
        }
    }
}

impl Image {
    /// Writes it, and its opacity as a second object where it has one.
    pub(super) fn write(&self, pdf: &mut Pdf, id: Ref, alpha_id: Ref) {
        let mut object = pdf.image_xobject(id, &self.bytes);
        object.filter(self.filter);
        object.width(self.width);
        object.height(self.height);
        object.bits_per_component(8);
        match self.colours {
            Colours::Grey => object.color_space().device_gray(),
            Colours::Rgb => object.color_space().device_rgb(),
            Colours::Cmyk => object.color_space().device_cmyk(),
            Colours::InvertedCmyk => {
                object.color_space().device_cmyk();
                object.decode([1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
            }
        }
        if self.alpha.is_some() {
            object.s_mask(alpha_id);
        }
        object.finish();
        if let Some(alpha) = &self.alpha {
            let mut mask = pdf.image_xobject(alpha_id, alpha);
            mask.filter(Filter::FlateDecode);
            mask.width(self.width);
            mask.height(self.height);
            mask.bits_per_component(8);
            mask.color_space().device_gray();
        }
    }
}
