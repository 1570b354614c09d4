//! Mails over an open conversation, in as few flights as the server allows.
//!
//! - PIPELINING (RFC 2920): MAIL, RCPT and DATA are one flight, and that of the next mail travels behind the content of
//!   the one before: one round trip a mail.
//! - CHUNKING (RFC 3030) alone: the content follows the recipient's answer as BDAT, without DATA: three.
//! - Neither: four.
//!
//! BDAT behind MAIL and RCPT in one flight would be one round trip too. But then the content is out before the server has
//! agreed to anything, and every line that is lost there, also a stale one, would leave the mail unsure.

use super::breaks::Break;
use super::fault::{Fault, What};
use super::session::{Session, exchange, expect};
use super::step::Step;
use super::trace::Trace;
use crate::error::SmtpReply;
use lettre::Address;
use memchr::memmem;
use std::borrow::Cow;
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// What a server says before it closes in the midst of a mail has arrived already, or never will.
const PARTING_WORDS: Duration = Duration::from_secs(1);
/// A server that has not answered by then makes us wait: time for other work.
const PROMPT: Duration = Duration::from_millis(2);

/// A mail as it leaves: envelope and content.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) from: Address,
    pub(crate) to: Address,
    pub(crate) content: Vec<u8>,
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
        let envelope = self.envelope_of(mail)?;
        let chunk = self.offers.chunking && !self.offers.pipelining;
        self.open_mail(&envelope, !chunk, deadline).await?;
        if !hand_over() {
            return Ok(None);
        }
        let mut flight = if chunk {
            self.record.add('>', "BDAT");
            chunk_of(&mail.content)
        } else {
            stuffed(&mail.content)
        };
        let bytes = flight.len();
        let next = next.filter(|_| self.offers.pipelining);
        // What does not fit this server is told when it is that mail's turn.
        let next = next.and_then(|next| self.envelope_of(next).ok());
        if let Some(next) = &next {
            flight.push_str(&next.flight(true));
        }
        self.offered = next.map(|next| next.flight(true));
        self.content(&flight, bytes, deadline, meanwhile)
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
        let envelope = self.envelope(from, to)?;
        self.open_mail(&envelope, false, until).await?;
        trace.done(Step::RcptTo);
        self.reset(until).await
    }

    fn envelope_of(&self, mail: &Outgoing) -> Result<Envelope, Fault> {
        self.size_fits(mail.content.len())?;
        self.envelope(&mail.from, &mail.to)
    }

    fn size_fits(&self, size: usize) -> Result<(), Fault> {
        let size = u64::try_from(size).unwrap_or(u64::MAX);
        match self.offers.size {
            Some(limit) if size > limit => Err(Fault::broken(
                Step::MailFrom,
                Break::SizeLimit { limit, size },
            )),
            _ => Ok(()),
        }
    }

    fn envelope(&self, from: &Address, to: &Address) -> Result<Envelope, Fault> {
        let from_and_to: [&str; 2] = [from.as_ref(), to.as_ref()];
        let utf8 = !from_and_to.iter().all(|address| address.is_ascii());
        if utf8 && !self.offers.smtputf8 {
            return Err(Fault::broken(Step::RcptTo, Break::AddressNeedsUtf8));
        }
        let parameters = if utf8 { " BODY=8BITMIME SMTPUTF8" } else { "" };
        Ok(Envelope {
            mail: format!("MAIL FROM:<{from}>{parameters}\r\n"),
            rcpt: format!("RCPT TO:<{to}>\r\n"),
        })
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
            let sender = self.ask(Step::MailFrom, &flight, deadline, 200..=299).await;
            return self.rest_of_envelope(sender, data, deadline).await;
        }
        self.ask(Step::MailFrom, &envelope.mail, deadline, 200..=299)
            .await?;
        self.ask(Step::RcptTo, &envelope.rcpt, deadline, 200..=299)
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
        if sender.as_ref().is_err_and(|fault| !fault.line_holds()) {
            return sender.map(|_| ());
        }
        let recipient = self.hear(Step::RcptTo, deadline, 200..=299).await;
        if recipient.as_ref().is_err_and(|fault| !fault.line_holds()) {
            return sender.and(recipient).map(|_| ());
        }
        if !data {
            return sender.and(recipient).map(|_| ());
        }
        let go_ahead = self.hear(Step::Data, deadline, 354..=354).await;
        let accepted = sender.and(recipient);
        if accepted.is_err() && go_ahead.is_ok() {
            let _ = self.ask(Step::Body, ".\r\n", deadline, 200..=599).await;
        }
        accepted.and(go_ahead).map(|_| ())
    }

    /// Sends a flight whose first `bytes` are the content, and reads what the server says to that.
    async fn content(
        &mut self,
        flight: &str,
        bytes: usize,
        deadline: Instant,
        meanwhile: impl FnOnce(),
    ) -> Result<SmtpReply, Fault> {
        self.record.content_follows(bytes, flight.len() > bytes);
        self.record.add('>', &format!("({bytes} bytes of mail)"));
        let limit = deadline.min(Instant::now() + self.final_reply);
        let answer = {
            let mut answer = pin!(self.connection.command(flight));
            match timeout(PROMPT, &mut answer).await {
                Ok(answer) => {
                    exchange(Step::Body, limit, std::future::ready(answer), &self.record).await
                }
                Err(_) => {
                    meanwhile();
                    exchange(Step::Body, limit, answer, &self.record).await
                }
            }
        };
        let may_be_there = self.record.content_may_be_there();
        self.record.content_ends();
        let early = self.record.answered_early();
        let answer = match answer {
            Err(fault) if !may_be_there => Err(self.parting_words().await.unwrap_or(fault)),
            answer => answer,
        };
        answer
            .and_then(|reply| expect(Step::Body, reply, 200..=299))
            .and_then(|reply| match early {
                // Nobody can confirm what he does not have yet.
                true => Err(Fault::broken(Step::Body, Break::Garbage(reply.text))),
                false => Ok(reply),
            })
            .map_err(|fault| match fault.what {
                // A reply that refuses is an answer; a line that breaks after the last byte is none.
                What::Reply(_) => fault,
                What::Break(_) if may_be_there => Fault {
                    unsure: true,
                    ..fault
                },
                // The final dot has not left: the server cannot have taken the mail.
                What::Break(_) => Fault {
                    step: Step::Data,
                    ..fault
                },
            })
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
struct Envelope {
    mail: String,
    rcpt: String,
}

impl Envelope {
    fn flight(&self, data: bool) -> String {
        let data = if data { DATA } else { "" };
        format!("{}{}{data}", self.mail, self.rcpt)
    }
}

/// Doubles leading dots and adds the final one (RFC 5321 4.5.2), as one piece for one write.
fn stuffed(content: &[u8]) -> String {
    let mut rest = &*readable(content);
    let mut body = String::with_capacity(rest.len() + rest.len() / 64 + 512);
    if rest.starts_with('.') {
        body.push('.');
    }
    while let Some(dot) = memmem::find(rest.as_bytes(), b"\n.") {
        let (before, after) = rest.split_at(dot + 1);
        body.push_str(before);
        body.push('.');
        rest = after;
    }
    body.push_str(rest);
    body.push_str(if body.is_empty() || body.ends_with("\r\n") {
        ".\r\n"
    } else {
        "\r\n.\r\n"
    });
    body
}

/// What is no UTF-8 is replaced; the mails that we make are.
fn readable(content: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(content) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(content),
    }
}

/// The content as the one and last chunk (RFC 3030 section 2), whole lines only.
fn chunk_of(content: &[u8]) -> String {
    let content = readable(content);
    let end = if content.is_empty() || content.ends_with("\r\n") {
        ""
    } else {
        "\r\n"
    };
    format!("BDAT {} LAST\r\n{content}{end}", content.len() + end.len())
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
            assert_eq!(stuffed(mail.as_bytes()), body, "{mail:?}");
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
            assert_eq!(chunk_of(mail.as_bytes()), chunk, "{mail:?}");
        }
    }
}
