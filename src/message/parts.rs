//! Puts the parts of a mail together, as RFC 2046, 2387 and 2392 order them:
//!
//! ```text
//! mixed                     where there are attachments
//!  ├ alternative            where there are text and HTML
//!  │  ├ text
//!  │  └ related            where the HTML shows pictures
//!  │     ├ HTML
//!  │     └ pictures
//!  └ attachments
//! ```
//!
//! Pictures and files travel as base64, so nothing on the way changes a byte of them.

use super::names;
use crate::draft::{Attached, Inline};
use crate::error::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;
use ring::rand::{SecureRandom, SystemRandom};

/// RFC 2045 6.8: encoded lines have at most 76 characters.
const LINE: usize = 76;

/// The parts of a mail, each with its headers and a line break at its end.
pub(super) struct Body {
    pub(super) text: Option<Result<Vec<u8>>>,
    pub(super) html: Option<Result<Vec<u8>>>,
    pub(super) pictures: Vec<Vec<u8>>,
    pub(super) attachments: Vec<Vec<u8>>,
}

impl Body {
    /// Gives the mail from its Content-Type on. Without HTML nothing shows the pictures: they stay away.
    pub(super) fn whole(self) -> Result<Vec<u8>> {
        let pictures = self.pictures;
        let html = self
            .html
            .transpose()?
            .map(|html| match pictures.is_empty() {
                true => Ok(html),
                false => {
                    let parts: Vec<_> = std::iter::once(html).chain(pictures).collect();
                    multipart("related; type=\"text/html\"", &parts)
                }
            });
        let body = match (self.text.transpose()?, html.transpose()?) {
            (Some(text), Some(html)) => multipart("alternative", &[text, html])?,
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => return Err(Error::bug("a draft without content")),
        };
        if self.attachments.is_empty() {
            return Ok(body);
        }
        let parts: Vec<_> = std::iter::once(body).chain(self.attachments).collect();
        multipart("mixed", &parts)
    }
}

fn multipart(kind: &str, parts: &[Vec<u8>]) -> Result<Vec<u8>> {
    let mut random = [0_u8; 12];
    SystemRandom::new().fill(&mut random).map_err(Error::bug)?;
    // "=_" stands in no base64 and in no quoted-printable text (RFC 2045 6.7).
    let boundary = format!("=_{}", super::hex(&random));
    let head = format!("Content-Type: multipart/{kind};\r\n boundary=\"{boundary}\"\r\n\r\n");
    let delimiter = format!("--{boundary}\r\n");
    let of_parts: usize = parts.iter().map(|part| delimiter.len() + part.len()).sum();
    let mut bytes = head.into_bytes();
    // With room for the end, too: mails are large, and would be copied again and again as they grow.
    bytes.reserve_exact(of_parts + delimiter.len() + 2);
    for part in parts {
        bytes.extend_from_slice(delimiter.as_bytes());
        bytes.extend_from_slice(part);
    }
    bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok(bytes)
}

/// A file beside the readable parts.
pub(super) fn attachment(attached: &Attached) -> Vec<u8> {
    let head = names::headers(&attached.content_type, "attachment", &attached.name);
    with_base64(
        &format!("{head}Content-Transfer-Encoding: base64\r\n"),
        &attached.bytes,
    )
}

/// A picture that the HTML shows.
pub(super) fn picture(inline: &Inline, message_id: &str) -> Vec<u8> {
    let head = names::headers(inline.picture.content_type, "inline", &inline.name);
    let id = whole_cid(&inline.cid, message_id);
    let mut part = format!("{head}Content-ID: <{id}>\r\nContent-Transfer-Encoding: base64\r\n\r\n")
        .into_bytes();
    part.extend_from_slice(inline.picture.bytes.encoded(base64_lines));
    part
}

/// A part of these headers; each ends its line.
pub(super) fn with_base64(head: &str, bytes: &[u8]) -> Vec<u8> {
    let mut part = format!("{head}\r\n").into_bytes();
    part.extend_from_slice(&base64_lines(bytes));
    part
}

fn base64_lines(bytes: &[u8]) -> Vec<u8> {
    let encoded = STANDARD.encode(bytes);
    let mut lines = Vec::with_capacity(encoded.len() + encoded.len() / LINE * 2 + 2);
    for line in encoded.as_bytes().chunks(LINE) {
        lines.extend_from_slice(line);
        lines.extend_from_slice(b"\r\n");
    }
    if encoded.is_empty() {
        lines.extend_from_slice(b"\r\n");
    }
    lines
}

/// Names pictures as the whole world may know them: RFC 2392 wants an id that no other mail has, and programs that
/// keep pictures by their id would show another receipt's bar code.
pub(super) fn with_whole_cids(html: &str, pictures: &[Inline], message_id: &str) -> String {
    let mut whole = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((with_cid, after)) =
        memmem::find(rest.as_bytes(), b"cid:").and_then(|at| rest.split_at_checked(at + 4))
    {
        whole.push_str(with_cid);
        let length = after.find(|sign| !is_cid(sign)).unwrap_or(after.len());
        let (name, behind) = after.split_at_checked(length).unwrap_or((after, ""));
        match pictures.iter().any(|picture| picture.cid == name) {
            true => whole.push_str(&whole_cid(name, message_id)),
            false => whole.push_str(name),
        }
        rest = behind;
    }
    whole.push_str(rest);
    whole
}

fn is_cid(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || "-_.@".contains(sign)
}

fn whole_cid(cid: &str, message_id: &str) -> String {
    format!("{cid}.{}", message_id.trim_matches(['<', '>']))
}
