//! Exit codes, as sysexits.h names them: what a script can branch on.

use crate::page::Page;
use crate::screen::Screen;
use std::io;
use tillmail::error::{
    Error, MAIL_E_ACCOUNT, MAIL_E_ADDRESS, MAIL_E_ALREADY_OPEN, MAIL_E_ATTACHMENT,
    MAIL_E_ATTACHMENT_FORBIDDEN, MAIL_E_AUTH, MAIL_E_BUG, MAIL_E_CANCELLED, MAIL_E_CONTENT,
    MAIL_E_CONTROL_CHARACTER, MAIL_E_DAMAGED, MAIL_E_DISK, MAIL_E_DISK_FULL, MAIL_E_EXPIRED,
    MAIL_E_FOLDER, MAIL_E_FORKED, MAIL_E_JOURNAL_FULL, MAIL_E_JSON, MAIL_E_LOCKED,
    MAIL_E_MISSING_FIELD, MAIL_E_NETWORK, MAIL_E_NEWER, MAIL_E_NO_SALE, MAIL_E_NOT_CONFIGURED,
    MAIL_E_NULL, MAIL_E_OUTBOX_BYTES, MAIL_E_OUTBOX_FULL, MAIL_E_PROTOCOL, MAIL_E_QUOTA,
    MAIL_E_RECIPIENT, MAIL_E_RESOURCES, MAIL_E_ROLE, MAIL_E_SEALED, MAIL_E_SENDER,
    MAIL_E_SHUT_DOWN, MAIL_E_SIGN_IN, MAIL_E_STATE, MAIL_E_TIMEOUT, MAIL_E_TLS, MAIL_E_TOO_LARGE,
    MAIL_E_TRANSIENT, MAIL_E_TYPE, MAIL_E_UNCERTAIN, MAIL_E_UNKNOWN_FIELD, MAIL_E_UNKNOWN_ID,
    MAIL_E_UTF8, MAIL_E_VALUE, MAIL_OK, mail_code,
};

pub(crate) const OK: u8 = 0;
/// What was typed is wrong.
pub(crate) const USAGE: u8 = 64;
/// A mail's content, or its state, is the reason.
pub(crate) const DATA: u8 = 65;
/// There is no such folder, file or mail.
pub(crate) const NO_INPUT: u8 = 66;
/// The recipient is refused.
pub(crate) const NO_USER: u8 = 67;
/// The server's name is not found.
pub(crate) const NO_HOST: u8 = 68;
/// The server is not reached, or mails do not leave.
pub(crate) const UNAVAILABLE: u8 = 69;
/// A fault of the library or of this command.
pub(crate) const SOFTWARE: u8 = 70;
/// The system gives no thread, file or memory.
pub(crate) const OS_ERROR: u8 = 71;
/// A folder or a file cannot be made or used.
pub(crate) const CANNOT_CREATE: u8 = 73;
/// The disk is full or fails.
pub(crate) const IO: u8 = 74;
/// It may work later by itself.
pub(crate) const LATER: u8 = 75;
/// What the server says, or its encryption, makes no sense.
pub(crate) const PROTOCOL: u8 = 76;
/// The login, the sender or the account is refused.
pub(crate) const NO_PERMISSION: u8 = 77;
/// It is not set up, or not rightly.
pub(crate) const CONFIG: u8 = 78;

/// Every code of the library with the exit code that stands for it.
const TABLE: &[(mail_code, u8)] = &[
    (MAIL_OK, OK),
    (MAIL_E_NULL, USAGE),
    (MAIL_E_UTF8, USAGE),
    (MAIL_E_JSON, USAGE),
    (MAIL_E_UNKNOWN_FIELD, USAGE),
    (MAIL_E_MISSING_FIELD, USAGE),
    (MAIL_E_TYPE, USAGE),
    (MAIL_E_VALUE, USAGE),
    (MAIL_E_CONTROL_CHARACTER, USAGE),
    (MAIL_E_ADDRESS, USAGE),
    (MAIL_E_TOO_LARGE, DATA),
    (MAIL_E_ATTACHMENT, NO_INPUT),
    (MAIL_E_ATTACHMENT_FORBIDDEN, NO_PERMISSION),
    (MAIL_E_NOT_CONFIGURED, CONFIG),
    (MAIL_E_SHUT_DOWN, UNAVAILABLE),
    (MAIL_E_ALREADY_OPEN, LATER),
    (MAIL_E_UNKNOWN_ID, NO_INPUT),
    (MAIL_E_TIMEOUT, LATER),
    (MAIL_E_OUTBOX_FULL, LATER),
    (MAIL_E_OUTBOX_BYTES, LATER),
    (MAIL_E_JOURNAL_FULL, LATER),
    (MAIL_E_FORKED, SOFTWARE),
    (MAIL_E_RESOURCES, OS_ERROR),
    (MAIL_E_ROLE, NO_PERMISSION),
    (MAIL_E_STATE, DATA),
    (MAIL_E_NO_SALE, NO_INPUT),
    (MAIL_E_FOLDER, CANNOT_CREATE),
    (MAIL_E_DISK_FULL, IO),
    (MAIL_E_DISK, IO),
    (MAIL_E_DAMAGED, IO),
    (MAIL_E_NEWER, CONFIG),
    (MAIL_E_LOCKED, LATER),
    (MAIL_E_SEALED, CONFIG),
    (MAIL_E_NETWORK, UNAVAILABLE),
    (MAIL_E_TLS, PROTOCOL),
    (MAIL_E_AUTH, NO_PERMISSION),
    (MAIL_E_SENDER, NO_PERMISSION),
    (MAIL_E_ACCOUNT, NO_PERMISSION),
    (MAIL_E_QUOTA, LATER),
    (MAIL_E_TRANSIENT, LATER),
    (MAIL_E_RECIPIENT, NO_USER),
    (MAIL_E_CONTENT, DATA),
    (MAIL_E_UNCERTAIN, LATER),
    (MAIL_E_PROTOCOL, PROTOCOL),
    (MAIL_E_CANCELLED, DATA),
    (MAIL_E_SIGN_IN, NO_PERMISSION),
    (MAIL_E_EXPIRED, UNAVAILABLE),
    (MAIL_E_BUG, SOFTWARE),
];

/// Why a command ends before its time.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The library says no.
    Mail(Box<Error>),
    /// The same, with an exit code of its own.
    As(u8, Box<Error>),
    /// Nobody reads any more: `tillmail journal | head`.
    Gone,
    /// The output cannot be written.
    Output(io::Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Mail(Box::new(error))
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Stop::Gone,
            _ => Stop::Output(error),
        }
    }
}

/// Gives the exit code of an error.
pub(crate) fn of(error: &Error) -> u8 {
    // A name that is not found has a code of its own in sysexits.
    if error.code == MAIL_E_NETWORK && error.step == Some("name") {
        return NO_HOST;
    }
    of_code(error.code)
}

fn of_code(code: mail_code) -> u8 {
    let row = TABLE.iter().find(|(known, _)| *known == code);
    row.map_or(SOFTWARE, |(_, exit)| *exit)
}

/// Says why a command ended, and gives its exit code.
pub(crate) fn tell(screen: &mut Screen, stop: Stop) -> u8 {
    match stop {
        Stop::Mail(error) => told(screen, of(&error), &error),
        Stop::As(code, error) => told(screen, code, &error),
        Stop::Gone => OK,
        Stop::Output(error) => {
            screen.complain(&error.to_string());
            IO
        }
    }
}

fn told(screen: &mut Screen, code: u8, error: &Error) -> u8 {
    let written = if screen.json {
        screen.print_json(&error.to_json(screen.language))
    } else {
        let mut page = Page::new(screen);
        page.failure(error);
        page.show_as_error()
    };
    match written {
        Ok(()) | Err(Stop::Gone) => code,
        Err(_) => IO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn every_code_of_the_header_has_its_exit_code() {
        let header = include_str!("../../../include/tillmail.h");
        let defined: BTreeMap<&str, mail_code> = header
            .lines()
            .filter_map(|line| line.strip_prefix("#define MAIL_"))
            .filter_map(|line| line.split_once(' '))
            .map(|(name, number)| (name, number.trim().parse().unwrap()))
            .collect();
        assert!(defined.len() > 40, "the header was not read: {defined:?}");
        for (name, code) in &defined {
            assert!(
                TABLE.iter().any(|(known, _)| known == code),
                "MAIL_{name} has no exit code"
            );
        }
        assert_eq!(TABLE.len(), defined.len(), "a code stands twice");
    }

    #[test]
    fn the_document_lists_every_code_at_its_exit_code() {
        let document = include_str!("../../../docs/COMMAND.md");
        for (code, exit) in TABLE.iter().filter(|(code, _)| *code != MAIL_OK) {
            let start = format!("| {exit} |");
            let row = document.lines().find(|line| line.starts_with(&start));
            let words: Vec<&str> = row
                .unwrap_or_default()
                .split(|sign: char| {
                    !(sign.is_ascii_uppercase() || sign == '_' || sign.is_ascii_digit())
                })
                .collect();
            let name = tillmail::error::code_name(*code);
            assert!(
                words.contains(&name),
                "{name} is missing in the row of {exit}"
            );
        }
    }

    #[test]
    fn a_name_that_is_not_found_is_told_from_a_server_that_is_not_reached() {
        let text = tillmail::Text::new("", "");
        let mut error = Error::new(MAIL_E_NETWORK, text);
        error.step = Some("connect");
        assert_eq!(of(&error), UNAVAILABLE);
        error.step = Some("name");
        assert_eq!(of(&error), NO_HOST);
    }
}
