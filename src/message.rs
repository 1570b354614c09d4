//! Turns a checked draft into the bytes that travel. The only file that names `lettre::message`.
//!
//! Everything but From (and later Reply-To) is fixed when the mail is accepted: To, Subject, Date,
//! Message-ID and the parts. From is written in front at delivery, so that a corrected sender applies
//! to the mails that wait.

mod mark;
mod reading;

pub(crate) use mark::subject as marked_subject;
pub(crate) use reading::parts as read;

use crate::address::Mailbox;
use crate::clock::{Millis, system_time};
use crate::draft::{Attached, Draft};
use crate::error::{Error, Result};
use crate::settings::model::Charset;
use crate::settings::sender::Origin;
use encoding_rs::{Encoding, ISO_8859_15, WINDOWS_1252};
use lettre::message::header::{
    Cc, ContentType, Date, From, HeaderName, HeaderValue, Headers, MIME_VERSION_1_0, MessageId,
    ReplyTo, Subject, To,
};
use lettre::message::{Attachment, Mailboxes, MultiPart, SinglePart};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use std::fmt::Write;

/// Makes a Message-ID nobody else makes, in the sender's domain.
pub(crate) fn new_message_id(sender: &Mailbox) -> Result<String> {
    let mut random = [0_u8; 16];
    SystemRandom::new().fill(&mut random).map_err(Error::bug)?;
    Ok(format!("<{}@{}>", hex(&random), sender.address.domain()))
}

/// Gives the frozen bytes of a mail: its headers but From, an empty line, its parts.
pub(crate) fn freeze(draft: &Draft, message_id: &str, now: Millis) -> Result<Vec<u8>> {
    let mut bytes = headers(&draft.to, &draft.cc, &draft.subject, message_id, now);
    bytes.extend_from_slice(&parts(draft)?);
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

/// Freezes a frozen mail again, with its mark in text and HTML; attachments stay byte for byte.
pub(crate) fn freeze_again(frozen: &[u8], again: &Again, now: Millis) -> Result<Vec<u8>> {
    let mut parts = reading::parts(frozen).ok_or_else(|| Error::bug("an unreadable mail"))?;
    mark::parts(&mut parts, again.mark_before, again.mark);
    let to = std::slice::from_ref(again.to);
    let mut bytes = headers(to, &[], again.subject, again.message_id, now);
    let body = match body(parts.text.as_deref(), parts.html.as_deref(), parts.charset)? {
        Body::Single(part) => part.formatted(),
        Body::Multi(part) => part.formatted(),
    };
    match parts.attachments {
        None => bytes.extend_from_slice(&body),
        Some((boundary, attachments)) => {
            let head = format!(
                "Content-Type: multipart/mixed;\r\n boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n"
            );
            bytes.extend_from_slice(head.as_bytes());
            bytes.extend_from_slice(&body);
            for attachment in attachments {
                bytes.extend_from_slice(format!("--{boundary}\r\n{attachment}\r\n").as_bytes());
            }
            bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        }
    }
    Ok(bytes)
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

fn parts(draft: &Draft) -> Result<Vec<u8>> {
    let body = body(draft.text.as_deref(), draft.html.as_deref(), draft.charset)?;
    if draft.attachments.is_empty() {
        return Ok(match body {
            Body::Single(part) => part.formatted(),
            Body::Multi(part) => part.formatted(),
        });
    }
    let mut mixed = match body {
        Body::Single(part) => MultiPart::mixed().singlepart(part),
        Body::Multi(part) => MultiPart::mixed().multipart(part),
    };
    for attached in &draft.attachments {
        mixed = mixed.singlepart(attachment(attached)?);
    }
    Ok(mixed.formatted())
}

enum Body {
    Single(SinglePart),
    Multi(MultiPart),
}

fn body(plain: Option<&str>, html: Option<&str>, charset: Charset) -> Result<Body> {
    let plain = plain.map(|text| leaf(text, "plain", charset)).transpose()?;
    let html = html.map(|text| leaf(text, "html", charset)).transpose()?;
    match (plain, html) {
        (Some(plain), Some(html)) => Ok(Body::Multi(
            MultiPart::alternative().singlepart(plain).singlepart(html),
        )),
        (Some(only), None) | (None, Some(only)) => Ok(Body::Single(only)),
        (None, None) => Err(Error::bug("a draft without content")),
    }
}

fn leaf(text: &str, kind: &str, charset: Charset) -> Result<SinglePart> {
    let content_type = ContentType::parse(&format!("text/{kind}; charset={}", label(charset)));
    let part = SinglePart::builder().content_type(content_type.map_err(Error::bug)?);
    Ok(match encoding(charset) {
        None => part.body(crlf(text)),
        Some(encoding) => part.body(encoding.encode(&crlf(text)).0.into_owned()),
    })
}

/// Tells whether an encoding has a character.
pub(crate) fn has(charset: Charset, character: char) -> bool {
    let mut buffer = [0_u8; 4];
    let text = character.encode_utf8(&mut buffer);
    encoding(charset).is_none_or(|encoding| !encoding.encode(text).2)
}

fn label(charset: Charset) -> &'static str {
    match charset {
        Charset::Utf8 => "utf-8",
        Charset::Iso8859_15 => "iso-8859-15",
        Charset::Windows1252 => "windows-1252",
    }
}

fn encoding(charset: Charset) -> Option<&'static Encoding> {
    match charset {
        Charset::Utf8 => None,
        Charset::Iso8859_15 => Some(ISO_8859_15),
        Charset::Windows1252 => Some(WINDOWS_1252),
    }
}

fn attachment(attached: &Attached) -> Result<SinglePart> {
    let content_type = ContentType::parse(&attached.content_type).map_err(Error::bug)?;
    Ok(Attachment::new(attached.name.clone()).body(attached.bytes.clone(), content_type))
}

/// RFC 5322 2.3: lines end with CRLF, whatever the till uses.
fn crlf(text: &str) -> String {
    text.replace("\r\n", "\n")
        .replace('\r', "\n")
        .replace('\n', "\r\n")
}

fn mailboxes(all: &[Mailbox]) -> Mailboxes {
    all.iter()
        .fold(Mailboxes::new(), |list, one| list.with(lettre_mailbox(one)))
}

fn lettre_mailbox(mailbox: &Mailbox) -> lettre::message::Mailbox {
    lettre::message::Mailbox::new(mailbox.name.clone(), mailbox.address.clone())
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests;
