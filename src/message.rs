//! Turns a checked draft into the bytes that travel. The only file that names `lettre::message`.
//!
//! Everything but From (and later Reply-To) is fixed when the mail is accepted: To, Subject, Date,
//! Message-ID and the parts. From is written in front at delivery, so that a corrected sender applies
//! to the mails that wait.

use crate::address::Mailbox;
use crate::clock::{Millis, system_time};
use crate::error::{Error, Result};
use crate::receipt::{Attached, Draft};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lettre::message::header::{
    ContentType, Date, From, HeaderName, HeaderValue, Headers, MIME_VERSION_1_0, MessageId,
    Subject, To,
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
    let mut headers = Headers::new();
    headers.set(To::from(Mailboxes::from(lettre_mailbox(&draft.to))));
    headers.set(Subject::from(draft.subject.clone()));
    headers.set(Date::new(system_time(now)));
    headers.set(MessageId::from(message_id.to_owned()));
    headers.set(MIME_VERSION_1_0);
    // RFC 3834: no vacation notice answers a receipt.
    headers.insert_raw(HeaderValue::new(
        HeaderName::new_from_ascii_str("Auto-Submitted"),
        "auto-generated".to_owned(),
    ));
    let mut bytes = headers.to_string().into_bytes();
    bytes.extend_from_slice(&parts(draft)?);
    Ok(bytes)
}

/// Writes From in front of frozen bytes.
pub(crate) fn with_sender(sender: &Mailbox, frozen: &[u8]) -> Vec<u8> {
    let mut headers = Headers::new();
    headers.set(From::from(Mailboxes::from(lettre_mailbox(sender))));
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

/// Finds a part of one of our own mails and decodes it: `text/html` or `text/plain` of the alternative.
pub(crate) fn part(mail: &[u8], content_type: &str) -> Option<String> {
    let mail = std::str::from_utf8(mail).ok()?;
    let wanted = format!("Content-Type: {content_type}");
    let start = mail.find(&wanted)?;
    let head_start = mail
        .get(..start)?
        .rfind("\r\n--")
        .map_or(0, |place| place + 2);
    let (head, body) = mail.get(head_start..)?.split_once("\r\n\r\n")?;
    let boundary = head.lines().next().filter(|line| line.starts_with("--"));
    let body = match boundary {
        Some(boundary) => body.split_once(&format!("\r\n{boundary}"))?.0,
        None => body,
    };
    decode(body, head)
}

fn decode(body: &str, head: &str) -> Option<String> {
    let encoding = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Transfer-Encoding: "))
        .unwrap_or("7bit");
    let bytes = match encoding {
        "quoted-printable" => {
            quoted_printable::decode(body, quoted_printable::ParseMode::Robust).ok()?
        }
        "base64" => STANDARD.decode(body.replace("\r\n", "")).ok()?,
        _ => body.as_bytes().to_vec(),
    };
    String::from_utf8(bytes).ok()
}

fn parts(draft: &Draft) -> Result<Vec<u8>> {
    let body = body(draft)?;
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

fn body(draft: &Draft) -> Result<Body> {
    match (
        draft.text.as_deref().map(crlf),
        draft.html.as_deref().map(crlf),
    ) {
        (Some(plain), Some(html)) => {
            Ok(Body::Multi(MultiPart::alternative_plain_html(plain, html)))
        }
        (Some(plain), None) => Ok(Body::Single(SinglePart::plain(plain))),
        (None, Some(html)) => Ok(Body::Single(SinglePart::html(html))),
        (None, None) => Err(Error::bug("a draft without content")),
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
