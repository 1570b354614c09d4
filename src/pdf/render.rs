//! Puts a PDF together: pages, fonts, pictures and what the file says about itself.

use super::draw::{Artist, BOLD, MARK, REGULAR};
use super::font::{DEFLATE_LEVEL, Font, FontRefs};
use super::image::{self, Image};
use super::layout::{self, Item, PageItems, Paper};
use super::{About, Rendered, mark};
use crate::error::{Error, Result};
use crate::receipt::model::PdfForm;
use crate::receipt::printed::Printed;
use crate::text::Language;
use miniz_oxide::deflate::compress_to_vec_zlib;
use pdf_writer::{Date, Filter, Finish, Name, Pdf, Rect, Ref, TextStr};
use time::OffsetDateTime;

const CATALOG: Ref = Ref::new(1);
const PAGES: Ref = Ref::new(2);
const INFO: Ref = Ref::new(3);
const FORM: Ref = Ref::new(mark::FORM);

/// Objects in the order in which they are asked for.
struct Refs(i32);

impl Refs {
    fn next(&mut self) -> Ref {
        self.0 += 1;
        Ref::new(self.0)
    }

    fn font(&mut self, font: Ref) -> FontRefs {
        FontRefs {
            font,
            cid_font: self.next(),
            descriptor: self.next(),
            file: self.next(),
            to_unicode: self.next(),
        }
    }
}

/// A picture of the document under the name its page knows it by.
struct Named {
    name: String,
    id: Ref,
    alpha_id: Ref,
    image: Image,
}

/// Makes a PDF of printed lines.
pub(crate) fn render(printed: &Printed, form: PdfForm, about: &About) -> Result<Rendered> {
    let paper = Paper::new(printed, form);
    let pages = layout::pages(printed, about.logo, &paper);
    let mut refs = Refs(mark::BOLD_FONT);
    let bold_refs = refs.font(Ref::new(mark::BOLD_FONT));
    let regular_id = refs.next();
    let regular_refs = refs.font(regular_id);
    let (mut regular, mut bold) = (Font::regular()?, Font::bold()?);
    let mut artist = Artist {
        regular: &mut regular,
        bold: &mut bold,
        replaced: 0,
    };
    let mut pdf = Pdf::new();
    pdf.set_version(1, 7);
    // First, so that a file of ours is known by its first bytes.
    write_empty_form(&mut pdf);
    let mut ids = Vec::with_capacity(pages.len());
    for (index, page) in pages.iter().enumerate() {
        let pictures = pictures(page, &mut refs);
        let names: Vec<_> = pictures
            .iter()
            .map(|picture| picture.as_ref().map(|known| known.name.clone()))
            .collect();
        let footer = (form == PdfForm::A4 && pages.len() > 1)
            .then(|| format!("{} / {}", index + 1, pages.len()));
        let content = artist.page(page, &paper, &names, footer.as_deref())?;
        let (id, content_id) = (refs.next(), refs.next());
        ids.push(id);
        let known: Vec<Named> = pictures.into_iter().flatten().collect();
        for picture in &known {
            picture.image.write(&mut pdf, picture.id, picture.alpha_id);
        }
        let content = compress_to_vec_zlib(&content, DEFLATE_LEVEL);
        pdf.stream(content_id, &content).filter(Filter::FlateDecode);
        let size = Rect::new(0.0, 0.0, paper.width, page.height);
        write_page(&mut pdf, id, content_id, size, regular_id, &known);
    }
    let replaced = artist.replaced;
    regular.write(&mut pdf, &regular_refs)?;
    bold.write(&mut pdf, &bold_refs)?;
    write_document(&mut pdf, &ids, about)?;
    Ok(Rendered {
        bytes: pdf.finish(),
        replaced,
    })
}

fn pictures(page: &PageItems, refs: &mut Refs) -> Vec<Option<Named>> {
    let pictures = page.items.iter().filter_map(|(_, item)| match item {
        Item::Picture { picture, .. } => Some(*picture),
        _ => None,
    });
    pictures
        .map(|picture| {
            let image = image::image(picture)?;
            let (id, alpha_id) = (refs.next(), refs.next());
            Some(Named {
                name: format!("P{}", id.get()),
                id,
                alpha_id,
                image,
            })
        })
        .collect()
}

/// The place of a mark.
fn write_empty_form(pdf: &mut Pdf) {
    let mut form = pdf.form_xobject(FORM, b"");
    form.pair(Name(b"Name"), Name(mark::NAME.as_bytes()));
    form.bbox(Rect::new(-300.0, -mark::ROOM, 300.0, 0.0));
    form.resources()
        .fonts()
        .pair(BOLD, Ref::new(mark::BOLD_FONT));
}

fn write_page(pdf: &mut Pdf, id: Ref, content: Ref, size: Rect, regular: Ref, pictures: &[Named]) {
    let mut page = pdf.page(id);
    page.media_box(size).parent(PAGES).contents(content);
    let mut resources = page.resources();
    resources
        .fonts()
        .pair(REGULAR, regular)
        .pair(BOLD, Ref::new(mark::BOLD_FONT));
    let mut objects = resources.x_objects();
    objects.pair(MARK, FORM);
    for picture in pictures {
        objects.pair(Name(picture.name.as_bytes()), picture.id);
    }
}

fn write_document(pdf: &mut Pdf, pages: &[Ref], about: &About) -> Result<()> {
    let count = i32::try_from(pages.len()).map_err(Error::bug)?;
    pdf.pages(PAGES).kids(pages.iter().copied()).count(count);
    let mut catalog = pdf.catalog(CATALOG);
    catalog.pages(PAGES);
    catalog.lang(TextStr(match about.language {
        Language::French => "fr-FR",
        Language::English => "en",
    }));
    catalog.viewer_preferences().display_doc_title(true);
    catalog.finish();
    let mut info = pdf.document_info(INFO);
    info.title(TextStr(about.title));
    info.producer(TextStr(concat!("tillmail ", env!("CARGO_PKG_VERSION"))));
    if let Some(date) = date(about.date) {
        info.creation_date(date).modified_date(date);
    }
    Ok(())
}

fn date(at: OffsetDateTime) -> Option<Date> {
    let offset = at.offset();
    Some(
        Date::new(u16::try_from(at.year()).ok()?)
            .month(u8::from(at.month()))
            .day(at.day())
            .hour(at.hour())
            .minute(at.minute())
            .second(at.second())
            .utc_offset_hour(offset.whole_hours())
            .utc_offset_minute(offset.minutes_past_hour().unsigned_abs()),
    )
}
