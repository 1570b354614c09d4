//! The pictures of a sale's HTML part: the shop's logos and the codes, each by the cid that templates name.

use super::printed::Code;
use super::view::{CodeView, LogoView, View};
use crate::draft::Inline;
use crate::error::Result;
use crate::picture::{Picture, codes, logo};
use memchr::memmem;

/// Makes the pictures; the view learns at which size each is shown.
pub(super) fn of_view(view: &mut View, logos: &[Option<Picture>]) -> Result<Vec<Inline>> {
    let mut pictures = Vec::new();
    for (index, given) in logos.iter().enumerate() {
        let Some(picture) = given else {
            continue;
        };
        let (width, height) = logo::shown(picture);
        let cid = format!("logo{}", index + 1);
        view.logos.push(LogoView {
            cid: cid.clone(),
            alt: view.shop.sign.clone(),
            width,
            height,
        });
        pictures.push(inline(cid, picture.clone()));
    }
    let named = [
        (&mut view.barcode, "sale.barcode.payload"),
        (&mut view.qr, "sale.qr"),
    ];
    for (code, field) in named {
        if let Some(code) = code {
            pictures.push(drawn(code).map_err(|error| error.about(field.to_owned()))?);
        }
    }
    Ok(pictures)
}

/// Keeps the pictures that a page shows: an own template may show fewer or more than the built-in one.
pub(super) fn shown_in(html: &str, pictures: Vec<Inline>) -> Vec<Inline> {
    let is_shown = |picture: &Inline| {
        let cid = format!("cid:{}", picture.cid);
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_digit());
        memmem::find_iter(html.as_bytes(), &cid)
            .any(|at| html.get(at + cid.len()..).is_some_and(ends))
    };
    pictures.into_iter().filter(is_shown).collect()
}

fn drawn(view: &mut CodeView) -> Result<Inline> {
    let picture = codes::draw(&Code {
        symbology: view.symbology,
        payload: view.payload.clone(),
        shows_text: false,
    })?;
    (view.width, view.height) = codes::shown(&picture);
    Ok(inline(view.cid.clone(), picture))
}

fn inline(cid: String, picture: Picture) -> Inline {
    let ending = match picture.content_type {
        "image/jpeg" => "jpg",
        "image/gif" => "gif",
        _ => "png",
    };
    Inline {
        name: format!("{cid}.{ending}"),
        cid,
        picture,
    }
}
