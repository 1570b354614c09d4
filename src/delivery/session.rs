//! One SMTP conversation: our stream below, lettre's connection above, a deadline on each step.
//!
//! MAIL, RCPT and DATA go out in one flight where the server offers PIPELINING (RFC 2920), and their
//! replies are read in order. A failure says at which step, and whether the mail may have arrived.

use super::breaks::Break;
use super::dial::{self, Proxy};
use super::fault::{Fault, What};
use super::preamble;
use super::record::Record;
use super::step::Step;
use super::tls::Tls;
use super::trace::Trace;
use super::wire::{Line, Tcp, Wire};
use crate::error::SmtpReply;
use crate::settings::checks::is_this_machine;
use crate::settings::in_force::Server;
use crate::settings::model::{Auth, Security};
use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use std::error::Error as _;
use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};
use zeroize::Zeroizing;

/// A server goodbye is waited for so long; nothing depends on it.
const QUIT: Duration = Duration::from_secs(2);
/// What a server says before it closes in the midst of a mail has arrived already, or never will.
const PARTING_WORDS: Duration = Duration::from_secs(1);

/// Everything a conversation needs, secrets open; without Debug, so that nothing can print them.
pub(crate) struct Login {
    pub(crate) server: Server,
    pub(crate) password: Option<Zeroizing<String>>,
    pub(crate) proxy_password: Option<Zeroizing<String>>,
    pub(crate) tls: Tls,
    pub(crate) ehlo_name: ClientId,
}

/// An open conversation, past the login.
pub(crate) struct Session {
    connection: AsyncSmtpConnection,
    record: Arc<Record>,
    reply: Duration,
    final_reply: Duration,
    total: Duration,
}

/// Picks the EHLO name: a setting, else the sender's domain; never this machine's own name.
pub(crate) fn ehlo_name(setting: Option<&str>, sender_domain: &str) -> ClientId {
    let name = setting.unwrap_or(sender_domain).trim_matches(['[', ']']);
    match name.parse() {
        Ok(IpAddr::V4(ip)) => ClientId::Ipv4(ip),
        Ok(IpAddr::V6(ip)) => ClientId::Ipv6(ip),
        Err(_) => match url::Host::parse(name) {
            Ok(url::Host::Domain(ascii)) => ClientId::Domain(ascii),
            _ => ClientId::Ipv4(std::net::Ipv4Addr::LOCALHOST),
        },
    }
}

/// Opens a conversation: name, TCP, greeting, TLS, EHLO, login.
pub(crate) async fn open(
    login: &Login,
    until: Instant,
    record: &Arc<Record>,
    trace: &mut Trace,
) -> Result<Session, Fault> {
    let server = &login.server;
    let (line, greeting) = connect(login, until, record, trace).await?;
    let wire = Box::new(Wire::new(line, &greeting, record.clone()));
    let opening = AsyncSmtpConnection::connect_with_transport(wire, &login.ehlo_name);
    let connection = timeout(within(server.reply, until), opening)
        .await
        .map_err(|_| Fault::broken(Step::Ehlo, Break::TimedOut))?
        .map_err(|error| fault(Step::Ehlo, &error, record))?;
    // lettre takes any 2xx and 3xx; with a second greeting, every answer would be one behind.
    if !record.heard("250") {
        return Err(Fault::broken(Step::Ehlo, record.what_broke()));
    }
    trace.done(Step::Ehlo);
    let mut session = Session {
        connection,
        record: record.clone(),
        reply: server.reply,
        final_reply: server.final_reply,
        total: server.total,
    };
    session.log_in(login, until, trace).await?;
    Ok(session)
}

/// A step's own limit, cut to what is left of the whole.
fn within(limit: Duration, until: Instant) -> Duration {
    limit.min(until.saturating_duration_since(Instant::now()))
}

async fn connect(
    login: &Login,
    until: Instant,
    record: &Record,
    trace: &mut Trace,
) -> Result<(Line, String), Fault> {
    let server = &login.server;
    let proxy = proxy(login)?;
    let deadline = until.min(Instant::now() + server.connect);
    let mut stream =
        Tcp(dial::tcp(&server.host, server.port, proxy.as_ref(), deadline, trace).await?);
    if server.security == Security::Tls {
        let mut line = Line::Tls(Box::new(shake_hands(login, until, stream, trace).await?));
        let greeting = preamble::greeting(&mut line, within(server.reply, until), record).await?;
        trace.done(Step::Greeting);
        return Ok((line, greeting));
    }
    let greeting = preamble::greeting(&mut stream, within(server.reply, until), record).await?;
    trace.done(Step::Greeting);
    if server.security == Security::None {
        return Ok((Line::Plain(stream), greeting));
    }
    let name = login.ehlo_name.to_string();
    preamble::start_tls(&mut stream, &name, within(server.reply, until), record).await?;
    trace.done(Step::StartTls);
    let tls = shake_hands(login, until, stream, trace).await?;
    Ok((Line::Tls(Box::new(tls)), greeting))
}

fn proxy(login: &Login) -> Result<Option<Proxy<'_>>, Fault> {
    let Some(given) = &login.server.proxy else {
        return Ok(None);
    };
    let address = crate::settings::proxy_address(&given.url)
        .map_err(|_| Fault::broken(Step::Proxy, Break::ProxyRefused(given.url.clone())))?;
    let user = given.user.as_deref();
    let password = login.proxy_password.as_deref().map(String::as_str);
    Ok(Some(Proxy {
        address,
        login: user.zip(password),
    }))
}

async fn shake_hands(
    login: &Login,
    until: Instant,
    stream: Tcp,
    trace: &mut Trace,
) -> Result<tokio_rustls::client::TlsStream<Tcp>, Fault> {
    let tls = timeout(
        within(login.server.reply, until),
        login.tls.handshake(&login.server.host, stream),
    )
    .await
    .unwrap_or(Err(Break::TimedOut))
    .map_err(|what| Fault::broken(Step::Tls, what))?;
    trace.done(Step::Tls);
    Ok(tls)
}

impl Session {
    async fn log_in(
        &mut self,
        login: &Login,
        until: Instant,
        trace: &mut Trace,
    ) -> Result<(), Fault> {
        let server = &login.server;
        let (Some(user), Some(password)) = (&server.user, &login.password) else {
            return Ok(());
        };
        let mechanisms: &[Mechanism] = match server.auth {
            Auth::None => return Ok(()),
            Auth::Auto => &[Mechanism::Plain, Mechanism::Login],
            Auth::Plain => &[Mechanism::Plain],
            Auth::Login => &[Mechanism::Login],
        };
        self.may_log_in(server, mechanisms)
            .map_err(|what| Fault::broken(Step::Auth, what))?;
        let credentials = Credentials::new(user.clone(), password.to_string());
        let limit = Instant::now() + within(self.reply, until);
        let answer = self.connection.auth(mechanisms, &credentials);
        let reply = exchange(Step::Auth, limit, answer, &self.record).await?;
        expect(Step::Auth, reply, 200..=299)?;
        trace.done(Step::Auth);
        Ok(())
    }

    fn may_log_in(&self, server: &Server, mechanisms: &[Mechanism]) -> Result<(), Break> {
        let encrypted = server.security != Security::None;
        if !encrypted && !server.allow_clear_text && !is_this_machine(&server.host) {
            return Err(Break::ClearTextLogin);
        }
        let offered = self.record.extension("AUTH").ok_or(Break::AuthMissing)?;
        match self.connection.server_info().get_auth_mechanism(mechanisms) {
            Some(_) => Ok(()),
            None => Err(Break::AuthMechanism { offered }),
        }
    }

    /// Sends one mail. `hand_over` is called when the content is about to go: from then on a lost line
    /// leaves the outcome unknown. Where it says no, nothing goes and there is no reply; the line waits for
    /// a content and has to be dropped.
    pub(crate) async fn send(
        &mut self,
        from: &Address,
        to: &Address,
        mail: &[u8],
        hand_over: impl FnOnce() -> bool,
    ) -> Result<Option<SmtpReply>, Fault> {
        let deadline = Instant::now() + self.total;
        self.size_fits(mail.len())?;
        self.envelope(from, to, Some("DATA\r\n"), deadline).await?;
        if !hand_over() {
            return Ok(None);
        }
        self.content(mail, deadline).await.map(Some)
    }

    /// Asks whether this sender may send to this recipient, and takes the question back.
    pub(crate) async fn probe(
        &mut self,
        from: &Address,
        to: &Address,
        until: Instant,
        trace: &mut Trace,
    ) -> Result<(), Fault> {
        self.envelope(from, to, None, until).await?;
        trace.done(Step::RcptTo);
        self.reset(until).await
    }

    /// Makes the line ready for the next mail after a refusal.
    pub(crate) async fn reset(&mut self, until: Instant) -> Result<(), Fault> {
        self.ask(Step::Reset, "RSET\r\n", until, 200..=299)
            .await
            .map(|_| ())
    }

    /// Says goodbye; the outcome changes nothing.
    pub(crate) async fn quit(mut self) {
        let _ = timeout(QUIT, self.connection.command("QUIT\r\n")).await;
    }

    fn size_fits(&self, size: usize) -> Result<(), Fault> {
        let size = u64::try_from(size).unwrap_or(u64::MAX);
        let limit: u64 = self
            .record
            .extension("SIZE")
            .and_then(|limit| limit.parse().ok())
            .unwrap_or(0);
        // RFC 1870: a limit of 0 is no limit.
        if limit == 0 || size <= limit {
            return Ok(());
        }
        Err(Fault::broken(
            Step::MailFrom,
            Break::SizeLimit { limit, size },
        ))
    }

    async fn envelope(
        &mut self,
        from: &Address,
        to: &Address,
        data: Option<&str>,
        deadline: Instant,
    ) -> Result<(), Fault> {
        let utf8 = !(from.to_string().is_ascii() && to.to_string().is_ascii());
        if utf8 && self.record.extension("SMTPUTF8").is_none() {
            return Err(Fault::broken(Step::RcptTo, Break::AddressNeedsUtf8));
        }
        let parameters = if utf8 { " BODY=8BITMIME SMTPUTF8" } else { "" };
        let mail = format!("MAIL FROM:<{from}>{parameters}\r\n");
        let rcpt = format!("RCPT TO:<{to}>\r\n");
        if self.record.extension("PIPELINING").is_some() {
            return self
                .pipelined(&mail, &rcpt, data.unwrap_or_default(), deadline)
                .await;
        }
        self.ask(Step::MailFrom, &mail, deadline, 200..=299).await?;
        self.ask(Step::RcptTo, &rcpt, deadline, 200..=299).await?;
        match data {
            Some(data) => self
                .ask(Step::Data, data, deadline, 354..=354)
                .await
                .map(|_| ()),
            None => Ok(()),
        }
    }

    /// One flight, its replies in order. Where the server takes DATA although the recipient was refused,
    /// an empty mail ends it, as RFC 2920 3.1 asks.
    async fn pipelined(
        &mut self,
        mail: &str,
        rcpt: &str,
        data: &str,
        deadline: Instant,
    ) -> Result<(), Fault> {
        let flight = format!("{mail}{rcpt}{data}");
        let sender = self.ask(Step::MailFrom, &flight, deadline, 200..=299).await;
        if sender.as_ref().is_err_and(|fault| !fault.line_holds()) {
            return sender.map(|_| ());
        }
        let recipient = self.hear(Step::RcptTo, deadline, 200..=299).await;
        if recipient.as_ref().is_err_and(|fault| !fault.line_holds()) {
            return sender.and(recipient).map(|_| ());
        }
        if data.is_empty() {
            return sender.and(recipient).map(|_| ());
        }
        let go_ahead = self.hear(Step::Data, deadline, 354..=354).await;
        let accepted = sender.and(recipient);
        if accepted.is_err() && go_ahead.is_ok() {
            let _ = self.ask(Step::Body, ".\r\n", deadline, 200..=599).await;
        }
        accepted.and(go_ahead).map(|_| ())
    }

    async fn content(&mut self, mail: &[u8], deadline: Instant) -> Result<SmtpReply, Fault> {
        let body = stuffed(mail);
        self.record.mail_follows(true);
        self.record
            .add('>', &format!("({} bytes of mail)", body.len()));
        let limit = deadline.min(Instant::now() + self.final_reply);
        let answer = exchange(
            Step::Body,
            limit,
            self.connection.command(&body),
            &self.record,
        )
        .await;
        self.record.mail_follows(false);
        let early = self.record.answered_early();
        let all_written = self.record.all_written();
        let answer = match answer {
            Err(fault) if !all_written => Err(self.parting_words().await.unwrap_or(fault)),
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
                What::Break(_) if all_written => Fault {
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

    async fn ask(
        &mut self,
        step: Step,
        commands: &str,
        deadline: Instant,
        wanted: std::ops::RangeInclusive<u16>,
    ) -> Result<SmtpReply, Fault> {
        let limit = deadline.min(Instant::now() + self.reply);
        let reply = exchange(step, limit, self.connection.command(commands), &self.record).await?;
        expect(step, reply, wanted)
    }

    async fn hear(
        &mut self,
        step: Step,
        deadline: Instant,
        wanted: std::ops::RangeInclusive<u16>,
    ) -> Result<SmtpReply, Fault> {
        let limit = deadline.min(Instant::now() + self.reply);
        let reply = exchange(step, limit, self.connection.read_response(), &self.record).await?;
        expect(step, reply, wanted)
    }
}

async fn exchange(
    step: Step,
    limit: Instant,
    answer: impl Future<Output = Result<Response, lettre::transport::smtp::Error>>,
    record: &Record,
) -> Result<SmtpReply, Fault> {
    match timeout_at(limit, answer).await {
        Ok(Ok(response)) => Ok(reply(&response)),
        Ok(Err(error)) => Err(fault(step, &error, record)),
        Err(_) => Err(Fault::broken(step, Break::TimedOut)),
    }
}

fn expect(
    step: Step,
    reply: SmtpReply,
    wanted: std::ops::RangeInclusive<u16>,
) -> Result<SmtpReply, Fault> {
    if wanted.contains(&reply.code) {
        return Ok(reply);
    }
    Err(Fault::broken(
        step,
        Break::Garbage(format!("{} {}", reply.code, reply.text)),
    ))
}

fn reply(response: &Response) -> SmtpReply {
    let text = response.message().collect::<Vec<_>>().join(" ");
    SmtpReply {
        code: response.code().into(),
        enhanced: preamble::enhanced(&text),
        text,
    }
}

/// Says in our words what lettre reports: a refusing reply, or how our wire broke.
fn fault(step: Step, error: &lettre::transport::smtp::Error, record: &Record) -> Fault {
    match error.status() {
        Some(code) => {
            let text = error
                .source()
                .map(ToString::to_string)
                .unwrap_or_default()
                .replace(['\r', '\n'], " ");
            Fault::reply(
                step,
                SmtpReply {
                    code: code.into(),
                    enhanced: preamble::enhanced(&text),
                    text,
                },
            )
        }
        None => Fault::broken(step, record.what_broke()),
    }
}

/// Doubles leading dots and adds the final one (RFC 5321 4.5.2), as one piece for one write.
fn stuffed(mail: &[u8]) -> String {
    let mail = String::from_utf8_lossy(mail);
    let mut body = String::with_capacity(mail.len() + mail.len() / 64 + 8);
    for line in mail.split_inclusive('\n') {
        if line.starts_with('.') {
            body.push('.');
        }
        body.push_str(line);
    }
    body.push_str(if body.is_empty() || body.ends_with("\r\n") {
        ".\r\n"
    } else {
        "\r\n.\r\n"
    });
    body
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
            ("", ".\r\n"),
        ];
        for (mail, body) in cases {
            assert_eq!(stuffed(mail.as_bytes()), body, "{mail:?}");
        }
    }

    #[test]
    fn the_name_in_ehlo_is_one_a_server_takes() {
        let cases = [
            (None, "magasin.fr", "magasin.fr"),
            (None, "été.fr", "xn--t-9fab.fr"),
            (None, "[192.0.2.1]", "[192.0.2.1]"),
            (Some("till.example"), "magasin.fr", "till.example"),
            (Some("2001:db8::1"), "magasin.fr", "[IPv6:2001:db8::1]"),
        ];
        for (setting, domain, name) in cases {
            assert_eq!(
                ehlo_name(setting, domain).to_string(),
                name,
                "{setting:?} {domain}"
            );
        }
    }
}
