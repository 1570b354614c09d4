//! Reads our own mails back: text, HTML, and pictures and attachments as they stand. It follows the boundaries,
//! never the words, so that a subject or a receipt that looks like a header deceives nobody.
//!
//! It knows only what [`super::freeze`] writes; it is no reader of other people's mails.

use super::label;
use crate::settings::model::Charset;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What a mail of ours holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts<'a> {
    pub(crate) text: Option<String>,
    pub(crate) html: Option<String>,
    /// Encoding of both.
    pub(super) charset: Charset,
    /// The pictures that the HTML shows, each with its headers, still encoded.
    pub(crate) pictures: Vec<&'a str>,
    /// The attachments, likewise.
    pub(super) attachments: Vec<&'a str>,
}

/// A picture inside a mail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ReadPicture {
    /// What the HTML calls it behind `cid:`.
    pub(crate) id: String,
    pub(crate) content_type: String,
    pub(crate) bytes: Vec<u8>,
}

/// Reads a picture of [`Parts`].
pub(crate) fn picture(piece: &str) -> Option<ReadPicture> {
    let (head, body) = piece.split_once("\r\n\r\n")?;
    let content_type = header(head, "Content-Type")?;
    Some(ReadPicture {
        id: header(head, "Content-ID")?
            .trim_matches(['<', '>'])
            .to_owned(),
        content_type: content_type
            .split(';')
            .next()
            .unwrap_or_default()
            .to_owned(),
        bytes: base64(body)?,
    })
}

/// Takes a mail of ours apart.
pub(crate) fn parts(mail: &[u8]) -> Option<Parts<'_>> {
    let mail = std::str::from_utf8(mail).ok()?;
    let mut parts = Parts::default();
    let (head, body) = mail.split_once("\r\n\r\n")?;
    if !is_multipart(head, "mixed") {
        // The line break after the only part is the mail's, not the part's.
        add_body(head, body.strip_suffix("\r\n").unwrap_or(body), &mut parts)?;
        return Some(parts);
    }
    let boundary = boundary(head)?;
    let mut pieces = pieces(body, boundary)?.into_iter();
    let (head, body) = pieces.next()?.split_once("\r\n\r\n")?;
    add_body(head, body, &mut parts)?;
    parts.attachments = pieces.collect();
    Some(parts)
}

fn add_body<'a>(head: &'a str, body: &'a str, parts: &mut Parts<'a>) -> Option<()> {
    if is_multipart(head, "alternative") {
        for piece in pieces(body, boundary(head)?)? {
            let (head, body) = piece.split_once("\r\n\r\n")?;
            add_readable(head, body, parts)?;
        }
        return Some(());
    }
    add_readable(head, body, parts)
}

/// Adds text, HTML, or HTML with its pictures.
fn add_readable<'a>(head: &'a str, body: &'a str, parts: &mut Parts<'a>) -> Option<()> {
    if !is_multipart(head, "related") {
        return add_leaf(head, body, parts);
    }
    let mut pieces = pieces(body, boundary(head)?)?.into_iter();
    let (head, body) = pieces.next()?.split_once("\r\n\r\n")?;
    parts.pictures = pieces.collect();
    add_leaf(head, body, parts)
}

fn add_leaf(head: &str, body: &str, parts: &mut Parts<'_>) -> Option<()> {
    let content_type = header(head, "Content-Type")?;
    parts.charset = [Charset::Iso8859_15, Charset::Windows1252]
        .into_iter()
        .find(|charset| content_type.ends_with(label(*charset)))
        .unwrap_or_default();
    let decoded = decode(head, body, parts.charset)?;
    if content_type.starts_with("text/html") {
        parts.html = Some(decoded);
    } else {
        parts.text = Some(decoded);
    }
    Some(())
}

fn is_multipart(head: &str, kind: &str) -> bool {
    let content_type = header(head, "Content-Type").unwrap_or_default();
    content_type.starts_with(&format!("multipart/{kind}"))
}

fn boundary(head: &str) -> Option<&str> {
    let (_, after) = head.split_once("boundary=\"")?;
    after.split_once('"').map(|(boundary, _)| boundary)
}

fn pieces<'a>(body: &'a str, boundary: &str) -> Option<Vec<&'a str>> {
    let body = body.strip_prefix(&format!("--{boundary}\r\n"))?;
    let (body, _) = body.split_once(&format!("\r\n--{boundary}--"))?;
    Some(body.split(&format!("\r\n--{boundary}\r\n")).collect())
}

/// Gives a header's value, its lines joined.
pub(super) fn header(head: &str, name: &str) -> Option<String> {
    let mut lines = head.split("\r\n");
    let first = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))?;
    let more = lines.take_while(|line| line.starts_with([' ', '\t']));
    Some(more.fold(first.to_owned(), |value, line| value + line))
}

pub(super) fn base64(body: &str) -> Option<Vec<u8>> {
    STANDARD.decode(body.replace("\r\n", "")).ok()
}

fn decode(head: &str, body: &str, charset: Charset) -> Option<String> {
    let encoding = header(head, "Content-Transfer-Encoding").unwrap_or_default();
    let bytes = match encoding.as_str() {
        "quoted-printable" => {
            quoted_printable::decode(body, quoted_printable::ParseMode::Robust).ok()?
        }
        "base64" => base64(body)?,
        _ => body.as_bytes().to_vec(),
    };
    match super::encoding(charset) {
        None => String::from_utf8(bytes).ok(),
        Some(encoding) => Some(encoding.decode(&bytes)),
    }
}
