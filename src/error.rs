//! Codes and errors: what every call can answer.
//!
//! A code is a number that never changes its meaning; new ones are appended. An [`Error`] adds the
//! sentence for a person, what to do about it, the field of the caller's JSON it is about, and the
//! mail server's own words where there are any.

use crate::json::json;
use crate::text::{Language, Text};
use serde_json::Value;

/// Answer of every call: `MAIL_OK` or one of the `MAIL_E_` codes.
#[allow(non_camel_case_types)]
pub type mail_code = i32;

/// Success.
pub const MAIL_OK: mail_code = 0;
/// A pointer is NULL where a value is needed.
pub const MAIL_E_NULL: mail_code = 1;
/// The request is not valid UTF-8.
pub const MAIL_E_UTF8: mail_code = 2;
/// The request is not valid JSON.
pub const MAIL_E_JSON: mail_code = 3;
/// A field is not known; the sentence names the nearest known one.
pub const MAIL_E_UNKNOWN_FIELD: mail_code = 4;
/// A field that is needed is missing.
pub const MAIL_E_MISSING_FIELD: mail_code = 5;
/// A field has the wrong JSON type.
pub const MAIL_E_TYPE: mail_code = 6;
/// A field's value is refused.
pub const MAIL_E_VALUE: mail_code = 7;
/// A CR, LF, NUL or other control character stands where a header or an address is built from.
pub const MAIL_E_CONTROL_CHARACTER: mail_code = 8;
/// An e-mail address is refused.
pub const MAIL_E_ADDRESS: mail_code = 9;
/// The request, the receipt or an attachment is over a size limit.
pub const MAIL_E_TOO_LARGE: mail_code = 10;
/// An attachment cannot be read.
pub const MAIL_E_ATTACHMENT: mail_code = 11;
/// An attachment lies outside the folders that the settings allow.
pub const MAIL_E_ATTACHMENT_FORBIDDEN: mail_code = 12;
/// The settings do not yet say how to send.
pub const MAIL_E_NOT_CONFIGURED: mail_code = 13;
/// The library was shut down; `mail_init` opens it again.
pub const MAIL_E_SHUT_DOWN: mail_code = 14;
/// The library is already open on another folder, store or role.
pub const MAIL_E_ALREADY_OPEN: mail_code = 15;
/// There is no mail with this id.
pub const MAIL_E_UNKNOWN_ID: mail_code = 16;
/// The wait is over and the outcome is not known yet.
pub const MAIL_E_TIMEOUT: mail_code = 17;
/// The outbox holds as many mails as the settings allow.
pub const MAIL_E_OUTBOX_FULL: mail_code = 18;
/// The role given to `mail_init` may not do this: a till neither configures nor erases.
pub const MAIL_E_ROLE: mail_code = 19;
/// The mail's state does not allow this.
pub const MAIL_E_STATE: mail_code = 20;

/// There is no sale whose receipt could be sent as a test.
pub const MAIL_E_NO_SALE: mail_code = 21;
/// The mails that wait fill the space the outbox may take.
pub const MAIL_E_OUTBOX_BYTES: mail_code = 22;
/// The journal is full, and no finished mail can make room.
pub const MAIL_E_JOURNAL_FULL: mail_code = 23;
/// The process was forked off another one in which the library was in use; only that one may go on with it.
pub const MAIL_E_FORKED: mail_code = 24;
/// The system gives no thread, no free file, or not the memory for a request of this size.
pub const MAIL_E_RESOURCES: mail_code = 25;

/// The state folder cannot be created or written.
pub const MAIL_E_FOLDER: mail_code = 30;
/// The disk is full.
pub const MAIL_E_DISK_FULL: mail_code = 31;
/// Reading or writing the disk failed.
pub const MAIL_E_DISK: mail_code = 32;
/// The outbox file is damaged.
pub const MAIL_E_DAMAGED: mail_code = 33;
/// The outbox file was written by a newer version of the library.
pub const MAIL_E_NEWER: mail_code = 34;
/// Another program keeps the outbox file locked.
pub const MAIL_E_LOCKED: mail_code = 35;
/// A sealed password cannot be opened on this machine.
pub const MAIL_E_SEALED: mail_code = 36;

/// The server cannot be reached.
pub const MAIL_E_NETWORK: mail_code = 50;
/// The encrypted connection cannot be trusted or set up.
pub const MAIL_E_TLS: mail_code = 51;
/// The login is refused.
pub const MAIL_E_AUTH: mail_code = 52;
/// The server does not let this account send from this address.
pub const MAIL_E_SENDER: mail_code = 53;
/// The account itself is blocked, full or not authenticated.
pub const MAIL_E_ACCOUNT: mail_code = 54;
/// The account's sending limit is reached.
pub const MAIL_E_QUOTA: mail_code = 55;
/// The server asks to try later.
pub const MAIL_E_TRANSIENT: mail_code = 56;
/// The recipient is refused.
pub const MAIL_E_RECIPIENT: mail_code = 57;
/// The content of the mail is refused.
pub const MAIL_E_CONTENT: mail_code = 58;
/// The line was lost when the server already had the whole mail.
pub const MAIL_E_UNCERTAIN: mail_code = 59;
/// The server's answer makes no sense.
pub const MAIL_E_PROTOCOL: mail_code = 60;
/// The mail was cancelled.
pub const MAIL_E_CANCELLED: mail_code = 61;
/// The mail was tried for as long as the settings say, and never accepted.
pub const MAIL_E_EXPIRED: mail_code = 62;
/// Somebody has to sign in, for the first time or again: `mail_sign_in`.
pub const MAIL_E_SIGN_IN: mail_code = 63;

/// A fault of the library itself; please report it with the sentence.
pub const MAIL_E_BUG: mail_code = 99;

/// Every code with its name and its class, in the order of the numbers.
const CODES: &[(mail_code, &str, &str)] = &[
    (MAIL_OK, "MAIL_OK", "ok"),
    (MAIL_E_NULL, "MAIL_E_NULL", "request"),
    (MAIL_E_UTF8, "MAIL_E_UTF8", "request"),
    (MAIL_E_JSON, "MAIL_E_JSON", "request"),
    (MAIL_E_UNKNOWN_FIELD, "MAIL_E_UNKNOWN_FIELD", "request"),
    (MAIL_E_MISSING_FIELD, "MAIL_E_MISSING_FIELD", "request"),
    (MAIL_E_TYPE, "MAIL_E_TYPE", "request"),
    (MAIL_E_VALUE, "MAIL_E_VALUE", "request"),
    (
        MAIL_E_CONTROL_CHARACTER,
        "MAIL_E_CONTROL_CHARACTER",
        "request",
    ),
    (MAIL_E_ADDRESS, "MAIL_E_ADDRESS", "request"),
    (MAIL_E_TOO_LARGE, "MAIL_E_TOO_LARGE", "request"),
    (MAIL_E_ATTACHMENT, "MAIL_E_ATTACHMENT", "request"),
    (
        MAIL_E_ATTACHMENT_FORBIDDEN,
        "MAIL_E_ATTACHMENT_FORBIDDEN",
        "request",
    ),
    (MAIL_E_NOT_CONFIGURED, "MAIL_E_NOT_CONFIGURED", "state"),
    (MAIL_E_SHUT_DOWN, "MAIL_E_SHUT_DOWN", "state"),
    (MAIL_E_ALREADY_OPEN, "MAIL_E_ALREADY_OPEN", "state"),
    (MAIL_E_UNKNOWN_ID, "MAIL_E_UNKNOWN_ID", "state"),
    (MAIL_E_TIMEOUT, "MAIL_E_TIMEOUT", "state"),
    (MAIL_E_OUTBOX_FULL, "MAIL_E_OUTBOX_FULL", "state"),
    (MAIL_E_ROLE, "MAIL_E_ROLE", "state"),
    (MAIL_E_STATE, "MAIL_E_STATE", "state"),
    (MAIL_E_NO_SALE, "MAIL_E_NO_SALE", "state"),
    (MAIL_E_OUTBOX_BYTES, "MAIL_E_OUTBOX_BYTES", "state"),
    (MAIL_E_JOURNAL_FULL, "MAIL_E_JOURNAL_FULL", "state"),
    (MAIL_E_FORKED, "MAIL_E_FORKED", "state"),
    (MAIL_E_RESOURCES, "MAIL_E_RESOURCES", "state"),
    (MAIL_E_FOLDER, "MAIL_E_FOLDER", "disk"),
    (MAIL_E_DISK_FULL, "MAIL_E_DISK_FULL", "disk"),
    (MAIL_E_DISK, "MAIL_E_DISK", "disk"),
    (MAIL_E_DAMAGED, "MAIL_E_DAMAGED", "disk"),
    (MAIL_E_NEWER, "MAIL_E_NEWER", "disk"),
    (MAIL_E_LOCKED, "MAIL_E_LOCKED", "disk"),
    (MAIL_E_SEALED, "MAIL_E_SEALED", "disk"),
    (MAIL_E_NETWORK, "MAIL_E_NETWORK", "network"),
    (MAIL_E_TLS, "MAIL_E_TLS", "tls"),
    (MAIL_E_AUTH, "MAIL_E_AUTH", "auth"),
    (MAIL_E_SENDER, "MAIL_E_SENDER", "sender"),
    (MAIL_E_ACCOUNT, "MAIL_E_ACCOUNT", "account"),
    (MAIL_E_QUOTA, "MAIL_E_QUOTA", "quota"),
    (MAIL_E_TRANSIENT, "MAIL_E_TRANSIENT", "transient"),
    (MAIL_E_RECIPIENT, "MAIL_E_RECIPIENT", "recipient"),
    (MAIL_E_CONTENT, "MAIL_E_CONTENT", "content"),
    (MAIL_E_UNCERTAIN, "MAIL_E_UNCERTAIN", "uncertain"),
    (MAIL_E_PROTOCOL, "MAIL_E_PROTOCOL", "protocol"),
    (MAIL_E_CANCELLED, "MAIL_E_CANCELLED", "state"),
    (MAIL_E_EXPIRED, "MAIL_E_EXPIRED", "expired"),
    (MAIL_E_SIGN_IN, "MAIL_E_SIGN_IN", "auth"),
    (MAIL_E_BUG, "MAIL_E_BUG", "bug"),
];

/// Name of a code as the header spells it.
pub fn code_name(code: mail_code) -> &'static str {
    row(code).1
}

/// Class of a code: what kind of trouble it is, one word for a program to branch on.
pub fn code_class(code: mail_code) -> &'static str {
    row(code).2
}

/// Codes of a class; none where there is no such class.
pub(crate) fn codes_of_class(class: &str) -> Vec<mail_code> {
    CODES
        .iter()
        .filter(|row| row.2 == class)
        .map(|row| row.0)
        .collect()
}

/// Every class, each once.
pub(crate) fn classes() -> Vec<&'static str> {
    let mut classes: Vec<&str> = CODES.iter().map(|row| row.2).collect();
    classes.dedup();
    classes
}

fn row(code: mail_code) -> (mail_code, &'static str, &'static str) {
    CODES
        .iter()
        .copied()
        .find(|row| row.0 == code)
        .unwrap_or((MAIL_E_BUG, "MAIL_E_BUG", "bug"))
}

/// What a mail server said: reply code, enhanced code (RFC 3463) and its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpReply {
    /// Three-digit reply code of RFC 5321.
    pub code: u16,
    /// Enhanced status code such as `5.7.8`, where the server gives one.
    pub enhanced: Option<String>,
    /// The server's words, its lines joined by a space.
    pub text: String,
}

impl SmtpReply {
    /// Gives the reply as JSON, for replies and the journal.
    pub fn to_json(&self) -> Value {
        json!({ "code": self.code, "enhanced": self.enhanced, "text": self.text })
    }
}

/// What failed. One pointer wide, because nearly every function here hands one on: inline, its 160 bytes would be copied at
/// each `?`.
#[derive(Debug, Clone)]
pub struct Error(Box<Failure>);

/// Everything known about one failure.
#[derive(Debug, Clone)]
pub struct Failure {
    /// One of the `MAIL_E_` codes.
    pub code: mail_code,
    /// What is wrong, in one sentence.
    pub message: Text,
    /// What to do about it.
    pub hint: Option<Text>,
    /// Path of the field in the caller's own JSON.
    pub field: Option<String>,
    /// Step of the SMTP conversation where it happened.
    pub step: Option<&'static str>,
    /// The server's words.
    pub smtp: Option<Box<SmtpReply>>,
    /// More members for the reply, beside `error`.
    pub details: Option<Box<Value>>,
}

impl std::ops::Deref for Error {
    type Target = Failure;

    fn deref(&self) -> &Failure {
        &self.0
    }
}

impl std::ops::DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Failure {
        &mut self.0
    }
}

/// Result of everything that can fail here.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// Makes an error of a code and a sentence.
    pub fn new(code: mail_code, message: Text) -> Self {
        Error(Box::new(Failure {
            code,
            message,
            hint: None,
            field: None,
            step: None,
            smtp: None,
            details: None,
        }))
    }

    /// Makes an error about one field of the caller's JSON.
    pub fn at(code: mail_code, field: impl Into<String>, message: Text) -> Self {
        Error::new(code, message).about(field.into())
    }

    /// Says which field of the caller's JSON it is about.
    pub(crate) fn about(mut self, field: String) -> Self {
        self.field = Some(field);
        self
    }

    /// Puts more members into the reply, beside `error`.
    pub(crate) fn beside(mut self, details: Value) -> Self {
        self.details = Some(Box::new(details));
        self
    }

    /// Makes the error for what cannot happen, with words for the one who mends it.
    pub fn bug(what: impl std::fmt::Display) -> Self {
        Error::new(MAIL_E_BUG, crate::text::bug(&what.to_string()))
    }

    /// Makes the error for a thread, or the little else it needs, that the system does not give.
    pub(crate) fn no_resources(error: std::io::Error) -> Self {
        Error::new(MAIL_E_RESOURCES, crate::text::no_resources(&error))
    }

    /// Adds what to do about it.
    pub fn hint(mut self, hint: Text) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Puts a parent's path in front of the field: `port` inside `smtp` is `smtp.port`.
    pub fn inside(mut self, parent: &str) -> Self {
        self.field = Some(match self.field.take() {
            Some(field) if field.starts_with('[') => format!("{parent}{field}"),
            Some(field) => format!("{parent}.{field}"),
            None => parent.to_owned(),
        });
        self
    }

    /// Gives the readable sentence: field, what is wrong, and what to do.
    pub fn sentence(&self, language: Language) -> String {
        let message = self.message.get(language);
        let mut sentence = match &self.field {
            Some(field) => crate::text::about_field(field, message, language),
            None => message.to_owned(),
        };
        if let Some(hint) = &self.hint {
            sentence.push(' ');
            sentence.push_str(hint.get(language));
        }
        sentence
    }

    /// Gives the reply that a failed call hands out.
    pub fn to_json(&self, language: Language) -> Value {
        let mut reply = match &self.details {
            Some(details) => (**details).clone(),
            None => json!({}),
        };
        if let Some(members) = reply.as_object_mut() {
            members.insert("error".to_owned(), self.body(language));
        }
        reply
    }

    fn body(&self, language: Language) -> Value {
        json!({
            "code": self.code,
            "name": code_name(self.code),
            "class": code_class(self.code),
            "message": self.message.get(language),
            "hint": self.hint.as_ref().map(|hint| hint.get(language)),
            "field": self.field,
            "step": self.step,
            "smtp": self.smtp.as_ref().map(|reply| reply.to_json()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_named_once() {
        for pair in CODES.windows(2) {
            assert!(
                pair[0].0 < pair[1].0,
                "{} and {} are out of order",
                pair[0].1,
                pair[1].1
            );
        }
    }

    #[test]
    fn sentence_names_the_field_first_and_the_cure_last() {
        let error = Error::at(MAIL_E_VALUE, "port", Text::new("faux", "wrong"))
            .inside("smtp")
            .hint(Text::new("Corrigez.", "Mend it."));
        assert_eq!(
            error.sentence(Language::French),
            "`smtp.port` : faux Corrigez."
        );
        assert_eq!(
            error.sentence(Language::English),
            "`smtp.port`: wrong Mend it."
        );
    }
}
