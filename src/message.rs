//! Turns a checked draft into the bytes that travel. The only file that names `lettre::message`.
//!
//! Everything but From (and later Reply-To) is fixed when the mail is accepted: To, Subject, Date,
//! Message-ID and the parts. From is written in front at delivery, so that a corrected sender applies
//! to the mails that wait.

mod mark;
mod names;
mod parts;
mod quoted;
mod reading;

pub(crate) use mark::subject as marked_subject;
pub(crate) use reading::{ReadPicture, parts as read, picture};

use crate::address::Mailbox;
use crate::clock::{Millis, system_time};
use crate::draft::Draft;
use crate::error::{Error, Result};
use crate::pdf;
use crate::settings::model::Charset;
use crate::settings::sender::Origin;
use crate::single_byte::{ISO_8859_15, SingleByte, WINDOWS_1252};
use lettre::message::header::{
    Cc, ContentTransferEncoding, ContentType, Date, From, HeaderName, HeaderValue, Headers,
    MIME_VERSION_1_0, MessageId, ReplyTo, Subject, To,
};
use lettre::message::{Body, Mailboxes, SinglePart};
use memchr::memchr2;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};

/// Makes a Message-ID nobody else makes, in the sender's domain.
pub(crate) fn new_message_id(sender: &Mailbox) -> Result<String> {
    let mut random = [0_u8; 16];
    SystemRandom::new().fill(&mut random).map_err(Error::bug)?;
    Ok(format!("<{}@{}>", hex(&random), sender.address.domain()))
}

/// Gives the frozen bytes of a mail: its headers but From, an empty line, its parts.
pub(crate) fn freeze(draft: &Draft, message_id: &str, now: Millis) -> Result<Vec<u8>> {
    let mut bytes = headers(&draft.to, &draft.cc, &draft.subject, message_id, now);
    let parts = parts(draft, message_id)?;
    bytes.reserve_exact(parts.len());
    bytes.extend_from_slice(&parts);
    Ok(bytes)
}

/// What is new about a mail that is sent again.
#[derive(Debug)]
pub(crate) struct Again<'a> {
    pub(crate) to: &'a Mailbox,
    /// Subject with its mark.
    pub(crate) subject: &'a str,
    pub(crate) message_id: &'a str,
    /// The mark that the frozen mail has.
    pub(crate) mark_before: Option<&'a str>,
    pub(crate) mark: &'a str,
}

/// Freezes a frozen mail again, with its mark in text, HTML and a PDF of ours; pictures and attachments stay byte for byte.
pub(crate) fn freeze_again(frozen: &[u8], again: &Again, now: Millis) -> Result<Vec<u8>> {
    let mut read = reading::parts(frozen).ok_or_else(|| Error::bug("an unreadable mail"))?;
    mark::parts(&mut read, again.mark_before, again.mark);
    let to = std::slice::from_ref(again.to);
    let mut bytes = headers(to, &[], again.subject, again.message_id, now);
    let html = read.html.as_deref();
    let body = parts::Body {
        text: read
            .text
            .as_deref()
            .map(|text| leaf(text, "plain", read.charset)),
        html: html.map(|html| leaf(html, "html", read.charset)),
        pictures: read
            .pictures
            .iter()
            .map(|piece| again_part(piece))
            .collect(),
        attachments: read
            .attachments
            .iter()
            .map(|piece| match marked_pdf(piece, again.mark) {
                Some(marked) => marked,
                None => again_part(piece),
            })
            .collect(),
    };
    bytes.extend_from_slice(&body.whole()?);
    Ok(bytes)
}

/// A part as it stood in the mail; the line break behind it belonged to the boundary.
fn again_part(piece: &str) -> Vec<u8> {
    format!("{piece}\r\n").into_bytes()
}

/// Marks the PDF that we made of the receipt; none where a part is something else.
fn marked_pdf(piece: &str, mark: &str) -> Option<Vec<u8>> {
    let (head, body) = piece.split_once("\r\n\r\n")?;
    let is_pdf = reading::header(head, "Content-Type")?.starts_with("application/pdf");
    let pdf = is_pdf.then(|| reading::base64(body))??;
    let marked = pdf::marked(&pdf, mark)?;
    Some(parts::with_base64(&format!("{head}\r\n"), &marked))
}

fn headers(
    to: &[Mailbox],
    cc: &[Mailbox],
    subject: &str,
    message_id: &str,
    now: Millis,
) -> Vec<u8> {
    let mut headers = Headers::new();
    headers.set(To::from(mailboxes(to)));
    if !cc.is_empty() {
        headers.set(Cc::from(mailboxes(cc)));
    }
    headers.set(Subject::from(subject.to_owned()));
    headers.set(Date::new(system_time(now)));
    headers.set(MessageId::from(message_id.to_owned()));
    headers.set(MIME_VERSION_1_0);
    // RFC 3834: no vacation notice answers a receipt.
    headers.insert_raw(HeaderValue::new(
        HeaderName::new_from_ascii_str("Auto-Submitted"),
        "auto-generated".to_owned(),
    ));
    headers.to_string().into_bytes()
}

/// Writes From, and Reply-To where there is one, in front of frozen bytes.
pub(crate) fn with_origin(origin: &Origin, frozen: &[u8]) -> Vec<u8> {
    let mut headers = Headers::new();
    headers.set(From::from(Mailboxes::from(lettre_mailbox(&origin.from))));
    if let Some(reply_to) = &origin.reply_to {
        headers.set(ReplyTo::from(Mailboxes::from(lettre_mailbox(reply_to))));
    }
    let mut bytes = headers.to_string().into_bytes();
    bytes.extend_from_slice(frozen);
    bytes
}

/// Digest of bytes as hexadecimal text, for the journal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

/// Tells whether a text is a content type with at most parameters.
pub(crate) fn is_content_type(given: &str) -> bool {
    ContentType::parse(given).is_ok()
}

fn parts(draft: &Draft, message_id: &str) -> Result<Vec<u8>> {
    let html = draft.html.as_deref();
    let html = html.map(|html| parts::with_whole_cids(html, &draft.pictures, message_id));
    let body = parts::Body {
        text: draft
            .text
            .as_deref()
            .map(|text| leaf(text, "plain", draft.charset)),
        html: html.map(|html| leaf(&html, "html", draft.charset)),
        pictures: draft
            .pictures
            .iter()
            .map(|picture| parts::picture(picture, message_id))
            .collect(),
        attachments: draft.attachments.iter().map(parts::attachment).collect(),
    };
    body.whole()
}

fn leaf(text: &str, kind: &str, charset: Charset) -> Result<Vec<u8>> {
    let content_type = ContentType::parse(&format!("text/{kind}; charset={}", label(charset)));
    let part = SinglePart::builder().content_type(content_type.map_err(Error::bug)?);
    let part = match encoding(charset) {
        None => part.body(utf8_body(crlf(text))),
        Some(encoding) => part.body(encoding.encode(&crlf(text))),
    };
    Ok(part.formatted())
}

fn utf8_body(text: String) -> Body {
    match quoted::encoded(&text) {
        Some(bytes) => Body::dangerous_pre_encoded(bytes, ContentTransferEncoding::QuotedPrintable),
        None => Body::new(text),
    }
}

/// Finds the first character of a text that an encoding lacks.
pub(crate) fn lacks(charset: Charset, text: &str) -> Option<char> {
    let encoding = encoding(charset)?;
    text.chars()
        .find(|character| encoding.byte(*character).is_none())
}

fn label(charset: Charset) -> &'static str {
    match charset {
        Charset::Utf8 => "utf-8",
        Charset::Iso8859_15 => "iso-8859-15",
        Charset::Windows1252 => "windows-1252",
    }
}

fn encoding(charset: Charset) -> Option<SingleByte> {
    match charset {
        Charset::Utf8 => None,
        Charset::Iso8859_15 => Some(ISO_8859_15),
        Charset::Windows1252 => Some(WINDOWS_1252),
    }
}

/// RFC 5322 2.3: lines end with CRLF, whatever the till uses. A CR alone is the line end of old systems.
fn crlf(text: &str) -> String {
    let mut whole = String::with_capacity(text.len() + text.len() / 16);
    let mut rest = text;
    while let Some((line, end)) =
        memchr2(b'\r', b'\n', rest.as_bytes()).and_then(|at| rest.split_at_checked(at))
    {
        whole.push_str(line);
        whole.push_str("\r\n");
        let after = end.strip_prefix("\r\n").or_else(|| end.get(1..));
        rest = after.unwrap_or_default();
    }
    whole.push_str(rest);
    whole
}

fn mailboxes(all: &[Mailbox]) -> Mailboxes {
    all.iter()
        .fold(Mailboxes::new(), |list, one| list.with(lettre_mailbox(one)))
}

fn lettre_mailbox(mailbox: &Mailbox) -> lettre::message::Mailbox {
    lettre::message::Mailbox::new(mailbox.name.clone(), mailbox.address.clone())
}

fn hex(bytes: &[u8]) -> String {
    let digit = |of: u8| char::from_digit(u32::from(of), 16).unwrap_or('0');
    let digits = |byte: &u8| [digit(byte >> 4), digit(byte & 0xf)];
    let mut text = String::with_capacity(bytes.len() * 2);
    text.extend(bytes.iter().flat_map(digits));
    text
}

#[cfg(test)]
mod tests;
