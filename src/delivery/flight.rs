//! Mails over an open conversation, in as few flights as the server allows.
//!
//! - PIPELINING (RFC 2920): MAIL, RCPT and DATA are one flight, and that of the next mail travels behind the content of
//!   the one before: one round trip a mail, and one for the first.
//! - PIPELINING and CHUNKING (RFC 3030): a small mail that goes alone over a fresh line is one flight, MAIL, RCPT and BDAT: one.
//! - CHUNKING alone: the content follows the recipient's answer as BDAT, without DATA: three.
//! - Neither: four.
//!
//! Content that travels with its own envelope is out before the server has agreed to anything: a line that is lost there
//! leaves the mail unsure. On a line that has just answered that is rare; on one that has been idle it would not be.

use super::breaks::Break;
use super::fault::{Fault, What};
use super::session::{Offers, Session, exchange, expect};
use super::step::Step;
use super::trace::Trace;
use crate::error::SmtpReply;
use lettre::Address;
use memchr::memmem;
use std::borrow::Cow;
use std::future::ready;
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// What a server says before it closes in the midst of a mail has arrived already, or never will.
const PARTING_WORDS: Duration = Duration::from_secs(1);
/// A server that has not answered by then makes us wait: time for other work.
const PROMPT: Duration = Duration::from_millis(2);

/// What may travel before the server has agreed to its envelope, in bytes.
const SMALL: usize = 64 << 10;

/// A mail as it leaves: envelope and content.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) from: Address,
    envelope: Envelope,
    pub(crate) content: Vec<u8>,
}

impl Outgoing {
    pub(crate) fn new(from: Address, to: &Address, content: Vec<u8>) -> Self {
        Outgoing {
            envelope: Envelope::new(&from, to),
            from,
            content,
        }
    }
}

impl Session {
    /// Sends one mail. Where the server allows it, the envelope of the `next` one goes with it; whoever then sends
    /// another one needs a fresh line.
    ///
    /// `hand_over` is called when the content is about to go: from then on a lost line leaves the outcome unknown.
    /// Where it says no, nothing goes and there is no reply; the line waits for a content and has to be dropped.
    /// `meanwhile` is called where the server takes its time to answer.
    pub(crate) async fn send(
        &mut self,
        mail: &Outgoing,
        next: Option<&Outgoing>,
        hand_over: impl FnOnce() -> bool,
        meanwhile: impl FnOnce(),
    ) -> Result<Option<SmtpReply>, Fault> {
        let deadline = Instant::now() + self.total;
        self.fits(mail)?;
        let Offers {
            pipelining,
            chunking,
            ..
        } = self.offers;
        let fresh = std::mem::replace(&mut self.fresh, false);
        let alone = fresh && next.is_none() && mail.content.len() <= SMALL;
        let at_once = alone && pipelining && chunking;
        let chunk = at_once || (chunking && !pipelining);
        if !at_once {
            self.open_mail(&mail.envelope, !chunk, deadline).await?;
        }
        if !hand_over() {
            return Ok(None);
        }
        let mut flight = Flight::default();
        if at_once {
            flight.text.push_str(mail.envelope.flight(false));
        }
        if chunk {
            flight.text.push_str(&bdat(&mail.content));
        }
        flight.before = flight.text.len();
        if chunk {
            push_lines(&mut flight.text, &mail.content);
        } else {
            push_stuffed(&mut flight.text, &mail.content);
        }
        flight.bytes = flight.text.len() - flight.before;
        let next = next.filter(|_| pipelining);
        // What does not fit this server is told when it is that mail's turn.
        let next = next.filter(|next| self.fits(next).is_ok());
        self.offered = next.map(|next| next.envelope.flight(true).to_owned());
        if let Some(offered) = &self.offered {
            flight.text.push_str(offered);
        }
        self.content(&flight, at_once, deadline, meanwhile)
            .await
            .map(Some)
    }

    /// Asks whether this sender may send to this recipient, and takes the question back.
    pub(crate) async fn probe(
        &mut self,
        from: &Address,
        to: &Address,
        until: Instant,
        trace: &mut Trace,
    ) -> Result<(), Fault> {
        let envelope = Envelope::new(from, to);
        self.takes(&envelope)?;
        self.open_mail(&envelope, false, until).await?;
        trace.done(Step::RcptTo);
        self.reset(until).await
    }

    /// Tells whether the server takes such a mail at all, by what it offers.
    fn fits(&self, mail: &Outgoing) -> Result<(), Fault> {
        let size = u64::try_from(mail.content.len()).unwrap_or(u64::MAX);
        match self.offers.size {
            Some(limit) if size > limit => Err(Fault::broken(
                Step::MailFrom,
                Break::SizeLimit { limit, size },
            )),
            _ => self.takes(&mail.envelope),
        }
    }

    fn takes(&self, envelope: &Envelope) -> Result<(), Fault> {
        if envelope.utf8 && !self.offers.smtputf8 {
            return Err(Fault::broken(Step::RcptTo, Break::AddressNeedsUtf8));
        }
        Ok(())
    }

    /// Offers an envelope, or reads what was answered to the one that is under way.
    async fn open_mail(
        &mut self,
        envelope: &Envelope,
        data: bool,
        deadline: Instant,
    ) -> Result<(), Fault> {
        if let Some(offered) = self.offered.take() {
            if offered != envelope.flight(data) {
                return Err(Fault::broken(Step::MailFrom, Break::Closed));
            }
            let sender = self.hear(Step::MailFrom, deadline, 200..=299).await;
            return self.rest_of_envelope(sender, data, deadline).await;
        }
        if self.offers.pipelining {
            let flight = envelope.flight(data);
            let sender = self.ask(Step::MailFrom, flight, deadline, 200..=299).await;
            return self.rest_of_envelope(sender, data, deadline).await;
        }
        self.ask(Step::MailFrom, envelope.mail(), deadline, 200..=299)
            .await?;
        self.ask(Step::RcptTo, envelope.rcpt(), deadline, 200..=299)
            .await?;
        if data {
            self.ask(Step::Data, DATA, deadline, 354..=354).await?;
        }
        Ok(())
    }

    /// Reads the replies of a flight in order. Where the server takes DATA although the recipient was refused,
    /// an empty mail ends it, as RFC 2920 3.1 asks.
    async fn rest_of_envelope(
        &mut self,
        sender: Result<SmtpReply, Fault>,
        data: bool,
        deadline: Instant,
    ) -> Result<(), Fault> {
        let accepted = self.recipient_after(sender, deadline).await?;
        if !data {
            return accepted.map(|_| ());
        }
        let go_ahead = self.hear(Step::Data, deadline, 354..=354).await;
        if accepted.is_err() && go_ahead.is_ok() {
            let _ = self.ask(Step::Body, ".\r\n", deadline, 200..=599).await;
        }
        accepted.and(go_ahead).map(|_| ())
    }

    /// Reads the answer to RCPT behind that to MAIL; gives what was refused first, or fails where the line is gone.
    async fn recipient_after(
        &mut self,
        sender: Result<SmtpReply, Fault>,
        deadline: Instant,
    ) -> Result<Result<SmtpReply, Fault>, Fault> {
        let is_gone = |answer: &Result<SmtpReply, Fault>| {
            answer.as_ref().is_err_and(|fault| !fault.line_holds())
        };
        if is_gone(&sender) {
            return sender.map(Ok);
        }
        let recipient = self.hear(Step::RcptTo, deadline, 200..=299).await;
        if is_gone(&recipient) {
            return sender.and(recipient).map(Ok);
        }
        Ok(sender.and(recipient))
    }

    /// Sends a flight, and reads what the server says to the content; `at_once`, to the envelope in front of it first.
    async fn content(
        &mut self,
        flight: &Flight,
        at_once: bool,
        deadline: Instant,
        meanwhile: impl FnOnce(),
    ) -> Result<SmtpReply, Fault> {
        let Flight {
            text,
            before,
            bytes,
        } = flight;
        let followed = text.len() > before + bytes;
        self.record.content_follows(*before, *bytes, followed);
        if *before == 0 {
            self.record.add('>', &format!("({bytes} bytes of mail)"));
        }
        let limit = deadline.min(Instant::now() + self.final_reply);
        let first = if at_once { Step::MailFrom } else { Step::Body };
        let answer = {
            let mut answer = pin!(self.connection.command(text));
            match timeout(PROMPT, &mut answer).await {
                Ok(answer) => exchange(first, limit, ready(answer), &self.record).await,
                Err(_) => {
                    meanwhile();
                    exchange(first, limit, answer, &self.record).await
                }
            }
        };
        let mut answer = answer.and_then(|reply| expect(first, reply, 200..=299));
        if at_once {
            answer = self.rest_of_chunk(answer, deadline).await;
        }
        let may_be_there = self.record.content_may_be_there();
        self.record.content_ends();
        // An envelope is answered when it has come, whatever is behind it.
        let early = !at_once && self.record.answered_early();
        if let Err(fault) = &answer
            && matches!(fault.what, What::Break(_))
            && !may_be_there
            && let Some(words) = self.parting_words().await
        {
            answer = Err(words);
        }
        answer
            .and_then(|reply| match early {
                // Nobody can confirm what he does not have yet.
                true => Err(Fault::broken(Step::Body, Break::Garbage(reply.text))),
                false => Ok(reply),
            })
            .map_err(|fault| match fault.what {
                // A reply that refuses is an answer; a line that breaks after the last byte is none.
                What::Reply(_) | What::Refusal(_) => fault,
                What::Break(_) if may_be_there => Fault {
                    step: Step::Body,
                    unsure: true,
                    ..fault
                },
                // The end has not left: the server cannot have taken the mail.
                What::Break(_) => Fault {
                    step: Step::Data,
                    ..fault
                },
            })
    }

    /// Reads the answers to RCPT and to the chunk; what was refused first is what counts.
    async fn rest_of_chunk(
        &mut self,
        sender: Result<SmtpReply, Fault>,
        deadline: Instant,
    ) -> Result<SmtpReply, Fault> {
        let accepted = self.recipient_after(sender, deadline).await?;
        let limit = deadline.min(Instant::now() + self.final_reply);
        let answer = self.connection.read_response();
        let chunk = exchange(Step::Body, limit, answer, &self.record).await;
        let chunk = chunk.and_then(|reply| expect(Step::Body, reply, 200..=299));
        accepted.and(chunk)
    }

    /// A server that has enough may say why before it closes: "552 too large" must not be tried for three days.
    async fn parting_words(&mut self) -> Option<Fault> {
        let limit = Instant::now() + PARTING_WORDS;
        let answer = exchange(
            Step::Body,
            limit,
            self.connection.read_response(),
            &self.record,
        );
        let refusal = answer.await.err();
        refusal.filter(|fault| matches!(fault.what, What::Reply(_)))
    }
}

const DATA: &str = "DATA\r\n";

/// The commands in front of a content.
#[derive(Debug)]
struct Envelope {
    /// MAIL, RCPT and DATA.
    commands: String,
    mail_bytes: usize,
    utf8: bool,
}

impl Envelope {
    fn new(from: &Address, to: &Address) -> Self {
        let (from, to): (&str, &str) = (from.as_ref(), to.as_ref());
        let utf8 = !(from.is_ascii() && to.is_ascii());
        let parameters = if utf8 { " BODY=8BITMIME SMTPUTF8" } else { "" };
        let mut commands = ["MAIL FROM:<", from, ">", parameters, "\r\n"].concat();
        let mail_bytes = commands.len();
        for part in ["RCPT TO:<", to, ">\r\n", DATA] {
            commands.push_str(part);
        }
        Envelope {
            commands,
            mail_bytes,
            utf8,
        }
    }

    fn mail(&self) -> &str {
        self.commands.split_at(self.mail_bytes).0
    }

    fn rcpt(&self) -> &str {
        self.flight(false).split_at(self.mail_bytes).1
    }

    /// All of it, or without DATA.
    fn flight(&self, data: bool) -> &str {
        let all = self.commands.len();
        let end = if data { all } else { all - DATA.len() };
        self.commands.split_at(end).0
    }
}

/// What is written at once.
#[derive(Default)]
struct Flight {
    text: String,
    /// Bytes of the commands in front of the content.
    before: usize,
    /// Bytes of the content.
    bytes: usize,
}

/// Doubles leading dots and adds the final one (RFC 5321 4.5.2).
fn push_stuffed(flight: &mut String, content: &[u8]) {
    let mut rest = &*readable(content);
    flight.reserve(rest.len() + rest.len() / 64 + 512);
    if rest.starts_with('.') {
        flight.push('.');
    }
    while let Some(end_of_line) = memmem::find(rest.as_bytes(), b"\n.") {
        let (before, after) = rest.split_at(end_of_line + 1);
        flight.push_str(before);
        flight.push('.');
        rest = after;
    }
    flight.push_str(rest);
    flight.push_str(end_of(content));
    flight.push_str(".\r\n");
}

/// The command in front of a content that is the one and last chunk (RFC 3030 section 2).
fn bdat(content: &[u8]) -> String {
    let bytes = readable(content).len() + end_of(content).len();
    format!("BDAT {bytes} LAST\r\n")
}

fn push_lines(flight: &mut String, content: &[u8]) {
    flight.push_str(&readable(content));
    flight.push_str(end_of(content));
}

/// What is missing for whole lines.
fn end_of(content: &[u8]) -> &'static str {
    if content.is_empty() || content.ends_with(b"\r\n") {
        ""
    } else {
        "\r\n"
    }
}

/// What is no UTF-8 is replaced; the mails that we make are.
fn readable(content: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(content) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(content),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_doubled_and_the_end_is_marked_once() {
        let cases = [
            ("a\r\n.b\r\n", "a\r\n..b\r\n.\r\n"),
            ("a", "a\r\n.\r\n"),
            (".\r\n..\r\n", "..\r\n...\r\n.\r\n"),
            ("a\r\n.\r\n.\r\n", "a\r\n..\r\n..\r\n.\r\n"),
            ("", ".\r\n"),
        ];
        for (mail, body) in cases {
            let mut flight = String::new();
            push_stuffed(&mut flight, mail.as_bytes());
            assert_eq!(flight, body, "{mail:?}");
        }
    }

    #[test]
    fn a_chunk_says_how_long_it_is_and_ends_with_a_line() {
        let cases = [
            (".a\r\n", "BDAT 4 LAST\r\n.a\r\n"),
            ("é", "BDAT 4 LAST\r\né\r\n"),
            ("", "BDAT 0 LAST\r\n"),
        ];
        for (mail, chunk) in cases {
            let mut flight = bdat(mail.as_bytes());
            push_lines(&mut flight, mail.as_bytes());
            assert_eq!(flight, chunk, "{mail:?}");
        }
    }
}
