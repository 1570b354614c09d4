//! Writes PNG: the one format that every mail program shows and that loses no dot.

use super::Picture;
use crate::error::{Error, Result};

/// Makes a black and white picture; rows are padded to whole bytes, the highest bit is on the left, and 1 is black.
pub(crate) fn monochrome(width: u32, height: u32, bits: &[u8]) -> Result<Picture> {
    // In a grey PNG, 0 is black.
    let grey: Vec<u8> = bits.iter().map(|byte| !byte).collect();
    let mut bytes = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(::png::ColorType::Grayscale);
    encoder.set_depth(::png::BitDepth::One);
    // Filters work on bytes, and eight dots in a byte have nothing to gain from them.
    encoder.set_filter(::png::Filter::NoFilter);
    let mut writer = encoder.write_header().map_err(Error::bug)?;
    writer.write_image_data(&grey).map_err(Error::bug)?;
    writer.finish().map_err(Error::bug)?;
    Ok(Picture {
        content_type: "image/png",
        width,
        height,
        bytes: bytes.into(),
    })
}

/// Reads such a picture back: width, height, and bits with 1 for black.
#[cfg(test)]
pub(crate) fn read_back(picture: &Picture) -> (u32, u32, Vec<u8>) {
    let decoder = ::png::Decoder::new(std::io::Cursor::new(&*picture.bytes));
    let mut reader = decoder.read_info().unwrap();
    let mut grey = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut grey).unwrap();
    assert_eq!(
        (frame.color_type, frame.bit_depth),
        (::png::ColorType::Grayscale, ::png::BitDepth::One)
    );
    let bits = grey.iter().map(|byte| !byte).collect();
    (frame.width, frame.height, bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_comes_back_dot_for_dot() {
        // 10 dots wide: the six last bits of each row are padding.
        let bits = [0b1010_1010, 0b1100_0000, 0b0101_0101, 0b0000_0000];
        let picture = monochrome(10, 2, &bits).unwrap();
        assert_eq!(picture.content_type, "image/png");
        let (width, height, back) = read_back(&picture);
        assert_eq!((width, height, back.as_slice()), (10, 2, bits.as_slice()));
    }

    #[test]
    fn a_picture_without_dots_or_with_too_few_is_refused() {
        for (width, height, bytes) in [(0, 1, 0), (1, 0, 0), (8, 2, 1)] {
            assert!(monochrome(width, height, &vec![0; bytes]).is_err());
        }
    }
}
