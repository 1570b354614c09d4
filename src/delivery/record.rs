//! What is kept beside the wire: the extensions offered, how the line broke, whether all that was written has
//! left, and a transcript without secrets and without the mail itself.

use super::breaks::Break;
use crate::lock::lock;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

/// Lines kept of a conversation: its first ones, with greeting and login, and its last ones.
const TRANSCRIPT_LINES: usize = 200;
const TRANSCRIPT_FIRST: usize = 60;

/// What the session wants to know about the wire.
#[derive(Debug, Default)]
pub(crate) struct Record {
    inner: Mutex<Notes>,
}

#[derive(Debug, Default)]
struct Notes {
    transcript: VecDeque<String>,
    left_out: usize,
    extensions: Vec<String>,
    broken: Option<Break>,
    last_line: String,
    /// First line since the last command that fits into no answer.
    nonsense: Option<String>,
    /// The answer had begun before the mail had left.
    early: bool,
    collecting: bool,
    content: Option<Content>,
    unflushed: bool,
}

/// The content of a mail on its way out.
#[derive(Debug, Clone, Copy)]
struct Content {
    /// Bytes of the commands that travel in front of it, which are still to be written.
    before: usize,
    /// Bytes of it that are still to be written.
    left: usize,
    /// Commands travel behind it.
    followed: bool,
}

impl Record {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        lock(&self.inner)
    }

    /// Gives the value of an EHLO keyword, such as `10240000` for `SIZE`; empty where it has none.
    pub(crate) fn extension(&self, keyword: &str) -> Option<String> {
        self.notes().extensions.iter().find_map(|line| {
            let (name, value) = line.split_once([' ', '=']).unwrap_or((line, ""));
            name.eq_ignore_ascii_case(keyword)
                .then(|| value.trim().to_owned())
        })
    }

    /// Gives how the line broke, or the line that made no sense.
    pub(crate) fn what_broke(&self) -> Break {
        let notes = self.notes();
        notes.broken.clone().unwrap_or_else(|| {
            let line = notes.nonsense.as_ref().unwrap_or(&notes.last_line);
            Break::Garbage(line.clone())
        })
    }

    /// Tells whether the server's last line bears this code.
    pub(crate) fn heard(&self, code: &str) -> bool {
        self.notes().last_line.starts_with(code)
    }

    /// Tells that a flight follows: so many bytes of commands, then so many of a mail's content, then commands again or
    /// nothing.
    pub(crate) fn content_follows(&self, before: usize, bytes: usize, followed: bool) {
        let mut notes = self.notes();
        notes.content = Some(Content {
            before,
            left: bytes,
            followed,
        });
        notes.early = false;
    }

    /// Tells that the content has been answered, or never will be.
    pub(crate) fn content_ends(&self) {
        self.notes().content = None;
    }

    /// Tells whether the server began to answer before it can have had the whole mail.
    pub(crate) fn answered_early(&self) -> bool {
        self.notes().early
    }

    /// Tells whether the server may have the whole content, as far as the line knows. Where commands travel behind
    /// it, some of what the line holds back may be theirs alone.
    pub(crate) fn content_may_be_there(&self) -> bool {
        let notes = self.notes();
        let whole = notes
            .content
            .filter(|content| content.left == 0)
            .map(|content| content.followed || !notes.unflushed);
        whole.unwrap_or(false)
    }

    /// Gives the conversation so far, without secrets.
    pub(crate) fn transcript(&self) -> Vec<String> {
        let notes = self.notes();
        let mut lines: Vec<String> = notes.transcript.iter().cloned().collect();
        if notes.left_out > 0 {
            lines.insert(TRANSCRIPT_FIRST, format!("… ({})", notes.left_out));
        }
        lines
    }

    /// Adds a line the session itself exchanged, before lettre took over.
    pub(crate) fn add(&self, direction: char, line: &str) {
        self.notes().add(direction, line);
    }

    /// A line came that nobody can be waiting for to end.
    pub(super) fn endless(&self) {
        self.notes().broken = Some(Break::LineTooLong);
    }

    /// The line broke; how it broke first is what counts.
    pub(super) fn broke(&self, how: impl FnOnce() -> Break) {
        self.notes().broken.get_or_insert_with(how);
    }

    /// Notes a line of the server.
    pub(super) fn server_line(&self, line: &str) {
        self.notes().server_line(line);
    }

    /// Notes what was written; it has not left yet.
    pub(super) fn client_bytes(&self, bytes: &[u8]) {
        self.notes().client_bytes(bytes);
    }

    /// Notes whether what was written has been given to the system.
    pub(super) fn flushed(&self, flushed: bool) {
        self.notes().unflushed = !flushed;
    }

    /// Tells whether a mail is leaving and the server has said nothing meanwhile.
    pub(super) fn mail_leaves_unanswered(&self) -> bool {
        let notes = self.notes();
        let leaves = notes
            .content
            .is_some_and(|content| content.left > 0 || !content.followed);
        leaves && notes.unflushed && !notes.early
    }

    /// The server answers before the mail has left.
    pub(super) fn speaks_early(&self) {
        self.notes().early = true;
    }
}

impl Content {
    /// Takes what is written; gives the commands in it, those before the content and those behind.
    fn around<'a>(&mut self, bytes: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        let (before, rest) = bytes.split_at(self.before.min(bytes.len()));
        let (content, behind) = rest.split_at(self.left.min(rest.len()));
        self.before -= before.len();
        self.left -= content.len();
        (before, behind)
    }
}

impl Notes {
    fn add(&mut self, direction: char, line: &str) {
        if self.transcript.len() >= TRANSCRIPT_LINES {
            self.transcript.remove(TRANSCRIPT_FIRST);
            self.left_out += 1;
        }
        self.transcript.push_back(format!("{direction} {line}"));
    }

    fn server_line(&mut self, line: &str) {
        if self.nonsense.is_none() && !continues(&self.last_line, line) {
            self.nonsense = Some(line.to_owned());
        }
        if self.collecting && line.starts_with("250") {
            self.extensions
                .extend(line.get(4..).map(|rest| rest.trim().to_owned()));
        }
        self.last_line = line.to_owned();
        self.add('<', line);
    }

    fn client_bytes(&mut self, bytes: &[u8]) {
        self.unflushed = true;
        let (before, behind) = match &mut self.content {
            Some(content) => content.around(bytes),
            None => (bytes, &[][..]),
        };
        self.commands(before);
        self.commands(behind);
    }

    fn commands(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        for line in text.lines() {
            self.client_line(line);
        }
    }

    fn client_line(&mut self, line: &str) {
        let verb = line.get(..5).unwrap_or(line).to_ascii_uppercase();
        // lettre says QUIT after an answer it cannot read; what was wrong is still that answer.
        if !verb.starts_with("QUIT") {
            self.nonsense = None;
        }
        self.collecting = verb.starts_with("EHLO");
        if self.collecting {
            self.extensions.clear();
        }
        if verb == "AUTH " {
            let mechanism = line.split(' ').nth(1).unwrap_or_default();
            self.add('>', &format!("AUTH {mechanism} ***"));
        } else if self.last_line.starts_with("334") {
            self.add('>', "***");
        } else {
            self.add('>', line);
        }
    }
}

/// Tells whether a line can follow another: it bears a code, and that of the answer it belongs to.
fn continues(before: &str, line: &str) -> bool {
    let code = |line: &str| line.get(..3).map(str::to_owned);
    let digits = |code: String| code.bytes().all(|byte| byte.is_ascii_digit());
    let open = before.as_bytes().get(3) == Some(&b'-');
    code(line).is_some_and(digits) && (!open || code(before) == code(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_made_no_sense_is_told() {
        let cases: [(&[&str], &str); 4] = [
            (
                &["HTTP/1.1 400 Bad Request", "Connection: close", ""],
                "HTTP/1.1 400 Bad Request",
            ),
            (&["250-one", "550 two"], "550 two"),
            (&["250-one", "250 two", "221 bye"], "221 bye"),
            (&["\u{fffd}\u{fffd}", "250 ok"], "\u{fffd}\u{fffd}"),
        ];
        for (lines, told) in cases {
            let record = Record::default();
            record.notes().client_bytes(b"MAIL FROM:<a@b.fr>\r\n");
            for line in lines {
                record.notes().server_line(line);
                // As lettre does.
                record.notes().client_bytes(b"QUIT\r\n");
            }
            assert_eq!(
                record.what_broke(),
                Break::Garbage(told.to_owned()),
                "{lines:?}"
            );
        }
    }

    #[test]
    fn a_long_transcript_keeps_its_beginning_and_its_end() {
        let record = Record::default();
        for number in 0..1_000 {
            record.add('<', &format!("250 {number}"));
        }
        let transcript = record.transcript();
        assert_eq!(transcript.len(), TRANSCRIPT_LINES + 1);
        assert_eq!(transcript[TRANSCRIPT_FIRST - 1], "< 250 59");
        assert_eq!(transcript[TRANSCRIPT_FIRST], "… (800)");
        assert_eq!(transcript[TRANSCRIPT_FIRST + 1], "< 250 860");
        assert_eq!(transcript.last().unwrap(), "< 250 999");
    }

    #[test]
    fn the_transcript_shows_no_secret_and_no_mail() {
        let mut notes = Notes::default();
        notes.client_bytes(b"AUTH PLAIN AHRpbGwAczNjcmV0\r\n");
        notes.server_line("334 UGFzc3dvcmQ6");
        notes.client_bytes(b"czNjcmV0\r\n");
        notes.server_line("235 ok");
        notes.client_bytes(b"MAIL FROM:<a@b.fr>\r\nDATA\r\n");
        notes.content = Some(Content {
            before: 0,
            left: 20,
            followed: true,
        });
        notes.client_bytes(b"Subject: s");
        notes.client_bytes(b"ecret\r\n.\r\nMAIL FROM:<c@b.fr>\r\n");
        let expected = [
            "> AUTH PLAIN ***",
            "< 334 UGFzc3dvcmQ6",
            "> ***",
            "< 235 ok",
            "> MAIL FROM:<a@b.fr>",
            "> DATA",
            "> MAIL FROM:<c@b.fr>",
        ];
        assert_eq!(notes.transcript, expected);
    }
}
