//! The font of the PDF: DejaVu Sans Mono, of each document only the glyphs it uses.

use super::mark;
use crate::error::{Error, Result};
use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Filter, Finish, Name, Pdf, Rect, Ref, Str};
use std::collections::BTreeMap;
use subsetter::GlyphRemapper;
use ttf_parser::Face;

/// Made by `font/make.sh`, which says what characters they have.
const REGULAR: &[u8] = include_bytes!("font/mono.ttf.z");
const BOLD: &[u8] = include_bytes!("font/mono-Bold.ttf.z");
/// Far more than a font of ours has unpacked.
const MOST_BYTES: usize = 1 << 20;
/// The best of miniz: a PDF is made once and kept.
pub(super) const DEFLATE_LEVEL: u8 = 9;
/// What is shown for a character that the font lacks; the font has it.
const REPLACEMENT: char = '\u{FFFD}';

/// One style of the font, and what of it is used.
pub(super) struct Font {
    bytes: Vec<u8>,
    name: &'static str,
    weight: u16,
    remapper: GlyphRemapper,
    /// Characters that were asked for, with their glyphs in the subset.
    used: BTreeMap<char, u16>,
}

/// Objects of one font in the file, the first of which pages refer to.
pub(super) struct FontRefs {
    pub(super) font: Ref,
    pub(super) cid_font: Ref,
    pub(super) descriptor: Ref,
    pub(super) file: Ref,
    pub(super) to_unicode: Ref,
}

/// A character as the font can show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Glyph(u16),
    /// The glyph that stands for a character which the font lacks.
    Replaced(u16),
}

impl Font {
    pub(super) fn regular() -> Result<Self> {
        Font::new(REGULAR, "DejaVuSansMono", 400)
    }

    /// The bold style, with the characters of a mark in front.
    pub(super) fn bold() -> Result<Self> {
        let mut font = Font::new(BOLD, "DejaVuSansMono-Bold", 700)?;
        for character in mark::CHARACTERS.chars() {
            font.show(character)?;
        }
        Ok(font)
    }

    fn new(packed: &[u8], name: &'static str, weight: u16) -> Result<Self> {
        Ok(Font {
            bytes: decompress_to_vec_zlib_with_limit(packed, MOST_BYTES).map_err(Error::bug)?,
            name,
            weight,
            remapper: GlyphRemapper::new(),
            used: BTreeMap::new(),
        })
    }

    fn face(&self) -> Result<Face<'_>> {
        Face::parse(&self.bytes, 0).map_err(Error::bug)
    }

    /// Takes a character into the subset.
    pub(super) fn show(&mut self, character: char) -> Result<Shown> {
        if let Some(glyph) = self.used.get(&character) {
            return Ok(Shown::Glyph(*glyph));
        }
        let face = self.face()?;
        match face.glyph_index(character) {
            Some(found) => {
                let glyph = self.remapper.remap(found.0);
                self.used.insert(character, glyph);
                Ok(Shown::Glyph(glyph))
            }
            None => {
                let found = face.glyph_index(REPLACEMENT);
                let found = found.ok_or_else(|| Error::bug("a font without U+FFFD"))?;
                let glyph = self.remapper.remap(found.0);
                self.used.insert(REPLACEMENT, glyph);
                Ok(Shown::Replaced(glyph))
            }
        }
    }

    /// Writes the font with what was used of it.
    pub(super) fn write(&self, pdf: &mut Pdf, refs: &FontRefs) -> Result<()> {
        let face = self.face()?;
        let subset = subsetter::subset(&self.bytes, 0, &self.remapper).map_err(Error::bug)?;
        let name = format!("{}+{}", tag(&self.used), self.name);
        let info = SystemInfo {
            registry: Str(b"Adobe"),
            ordering: Str(b"Identity"),
            supplement: 0,
        };
        pdf.type0_font(refs.font)
            .base_font(Name(name.as_bytes()))
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(refs.cid_font)
            .to_unicode(refs.to_unicode);
        pdf.cid_font(refs.cid_font)
            .subtype(CidFontType::Type2)
            .base_font(Name(name.as_bytes()))
            .system_info(info)
            .font_descriptor(refs.descriptor)
            .default_width(602.0)
            .cid_to_gid_map_predefined(Name(b"Identity"));
        self.write_descriptor(pdf, &face, &name, refs);
        let mut cmap = UnicodeCmap::<u16>::new(Name(b"Custom"), info);
        for (character, glyph) in &self.used {
            cmap.pair(*glyph, *character);
        }
        let cmap = compress_to_vec_zlib(cmap.finish().as_slice(), DEFLATE_LEVEL);
        pdf.cmap(refs.to_unicode, &cmap).filter(Filter::FlateDecode);
        let packed = compress_to_vec_zlib(&subset, DEFLATE_LEVEL);
        let length = i32::try_from(subset.len()).map_err(Error::bug)?;
        let mut file = pdf.stream(refs.file, &packed);
        file.pair(Name(b"Length1"), length);
        file.filter(Filter::FlateDecode);
        file.finish();
        Ok(())
    }

    fn write_descriptor(&self, pdf: &mut Pdf, face: &Face, name: &str, refs: &FontRefs) {
        let scale = 1000.0 / f32::from(face.units_per_em());
        let bounds = face.global_bounding_box();
        pdf.font_descriptor(refs.descriptor)
            .name(Name(name.as_bytes()))
            .flags(FontFlags::FIXED_PITCH | FontFlags::SYMBOLIC)
            .weight(self.weight)
            .bbox(Rect::new(
                f32::from(bounds.x_min) * scale,
                f32::from(bounds.y_min) * scale,
                f32::from(bounds.x_max) * scale,
                f32::from(bounds.y_max) * scale,
            ))
            .italic_angle(0.0)
            .ascent(f32::from(face.ascender()) * scale)
            .descent(f32::from(face.descender()) * scale)
            .cap_height(729.0)
            .stem_v(if self.weight > 400 { 150.0 } else { 80.0 })
            .font_file2(refs.file);
    }
}

/// Six letters that tell one subset from another (ISO 32000-1, 9.6.4); the same glyphs, the same letters.
fn tag(used: &BTreeMap<char, u16>) -> String {
    // FNV-1a: names have no secret to keep.
    let hash = used.keys().fold(0x811C_9DC5_u32, |hash, character| {
        (hash ^ u32::from(*character)).wrapping_mul(0x0100_0193)
    });
    let mut left = hash;
    let letters = std::iter::from_fn(|| {
        let letter = u8::try_from(left % 26).ok()? + b'A';
        left /= 26;
        Some(char::from(letter))
    });
    letters.take(6).collect()
}
