//! One SMTP conversation: our stream below, lettre's connection above, a deadline on each step.
//!
//! Here it is opened and closed; `flight` sends mails over it. A failure says at which step, and whether the mail
//! may have arrived.

use super::breaks::Break;
use super::dial::{self, Proxy};
use super::fault::Fault;
use super::oauth::sasl;
use super::oauth::supply::Supply;
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

/// Everything a conversation needs, secrets open; without Debug, so that nothing can print them.
pub(crate) struct Login<'a> {
    pub(crate) server: Server,
    pub(crate) password: Option<Zeroizing<String>>,
    /// What gives the tokens, in place of a password.
    pub(crate) tokens: Option<Supply<'a>>,
    pub(crate) proxy_password: Option<Zeroizing<String>>,
    pub(crate) tls: Tls,
    pub(crate) ehlo_name: ClientId,
}

/// An open conversation, past the login.
pub(crate) struct Session {
    pub(super) connection: AsyncSmtpConnection,
    pub(super) record: Arc<Record>,
    pub(super) reply: Duration,
    pub(super) final_reply: Duration,
    pub(super) total: Duration,
    pub(super) offers: Offers,
    /// It has carried no mail yet.
    pub(super) fresh: bool,
    /// The envelope that went behind the last content: its answers are still to be read.
    pub(super) offered: Option<String>,
}

/// The extensions that matter for each mail.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offers {
    pub(super) pipelining: bool,
    pub(super) chunking: bool,
    pub(super) smtputf8: bool,
    /// RFC 1870; a limit of 0 is none.
    pub(super) size: Option<u64>,
}

impl Offers {
    fn of(record: &Record) -> Self {
        let offers = |keyword| record.extension(keyword).is_some();
        let size = record.extension("SIZE").and_then(|size| size.parse().ok());
        Offers {
            pipelining: offers("PIPELINING"),
            chunking: offers("CHUNKING"),
            smtputf8: offers("SMTPUTF8"),
            size: size.filter(|size| *size > 0),
        }
    }
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

/// Opens a conversation: a token where one is needed, name, TCP, greeting, TLS, EHLO, login.
pub(crate) async fn open(
    login: &Login<'_>,
    until: Instant,
    record: &Arc<Record>,
    trace: &mut Trace,
) -> Result<Session, Fault> {
    let Some(tokens) = &login.tokens else {
        return converse(login, None, until, record, trace).await;
    };
    let token = tokens.token(None, until).await?;
    trace.done(Step::Token);
    match converse(login, Some(&token.secret), until, record, trace).await {
        // It may have been revoked since it was given: a new one tells whether the account was.
        Err(fault) if token.is_kept && fault.refuses_token() => {
            let token = tokens.token(Some(&token.secret), until).await?;
            trace.done(Step::Token);
            converse(login, Some(&token.secret), until, record, trace).await
        }
        other => other,
    }
}

async fn converse(
    login: &Login<'_>,
    token: Option<&str>,
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
        offers: Offers::of(record),
        fresh: true,
        offered: None,
    };
    match token {
        Some(token) => session.log_in_with(token, login, until).await?,
        None if !session.log_in(login, until).await? => return Ok(session),
        None => {}
    }
    trace.done(Step::Auth);
    Ok(session)
}

/// A step's own limit, cut to what is left of the whole.
fn within(limit: Duration, until: Instant) -> Duration {
    limit.min(until.saturating_duration_since(Instant::now()))
}

async fn connect(
    login: &Login<'_>,
    until: Instant,
    record: &Record,
    trace: &mut Trace,
) -> Result<(Line, String), Fault> {
    let server = &login.server;
    let password = login.proxy_password.as_deref().map(String::as_str);
    let proxy = proxy(server, password)?;
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

/// Gives the way through the proxy of the settings, where they have one.
pub(super) fn proxy<'a>(
    server: &'a Server,
    password: Option<&'a str>,
) -> Result<Option<Proxy<'a>>, Fault> {
    let Some(given) = &server.proxy else {
        return Ok(None);
    };
    let address = crate::settings::proxy_address(&given.url)
        .map_err(|_| Fault::broken(Step::Proxy, Break::ProxyRefused(given.url.clone())))?;
    Ok(Some(Proxy {
        address,
        login: given.user.as_deref().zip(password),
    }))
}

async fn shake_hands(
    login: &Login<'_>,
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
    /// Logs in with a password; false where there is none to log in with.
    async fn log_in(&mut self, login: &Login<'_>, until: Instant) -> Result<bool, Fault> {
        let server = &login.server;
        let (Some(user), Some(password)) = (&server.user, &login.password) else {
            return Ok(false);
        };
        let mechanisms: &[Mechanism] = match server.auth {
            Auth::None => return Ok(false),
            Auth::Auto => &[Mechanism::Plain, Mechanism::Login],
            Auth::Plain => &[Mechanism::Plain],
            Auth::Login => &[Mechanism::Login],
            // Refused when it is saved without `oauth`.
            Auth::XOAuth2 | Auth::OAuthBearer => &[],
        };
        let offered = self
            .may_log_in(server)
            .map_err(|what| Fault::broken(Step::Auth, what))?;
        if self
            .connection
            .server_info()
            .get_auth_mechanism(mechanisms)
            .is_none()
        {
            let what = Break::AuthMechanism { offered };
            return Err(Fault::broken(Step::Auth, what));
        }
        let credentials = Credentials::new(user.clone(), password.to_string());
        let limit = Instant::now() + within(self.reply, until);
        let answer = self.connection.auth(mechanisms, &credentials);
        let reply = exchange(Step::Auth, limit, answer, &self.record).await?;
        expect(Step::Auth, reply, 200..=299)?;
        Ok(true)
    }

    /// Logs in with a token. A server that takes none says why in a challenge, before its final word.
    async fn log_in_with(
        &mut self,
        token: &str,
        login: &Login<'_>,
        until: Instant,
    ) -> Result<(), Fault> {
        let server = &login.server;
        let mechanism = self
            .may_log_in(server)
            .and_then(|offered| sasl::Mechanism::of(server.auth, offered))
            .map_err(|what| Fault::broken(Step::AuthToken, what))?;
        let user = server.user.as_deref().unwrap_or_default();
        let command = mechanism.command(user, &server.host, server.port, token);
        let limit = Instant::now() + within(self.reply, until);
        let answer = self.connection.command(command.as_str());
        let reply = exchange(Step::AuthToken, limit, answer, &self.record).await?;
        if reply.code != 334 {
            return expect(Step::AuthToken, reply, 200..=299).map(|_| ());
        }
        let why = sasl::challenge(&reply.text);
        let answer = self.connection.command(mechanism.acknowledgement());
        match exchange(Step::AuthToken, limit, answer, &self.record).await {
            Ok(reply) => expect(Step::AuthToken, reply, 200..=299).map(|_| ()),
            Err(fault) => Err(fault.because(&why)),
        }
    }

    /// Gives the mechanisms that are offered, where a secret may go over this line.
    fn may_log_in(&self, server: &Server) -> Result<String, Break> {
        let encrypted = server.security != Security::None;
        if !encrypted && !server.allow_clear_text && !is_this_machine(&server.host) {
            return Err(Break::ClearTextLogin);
        }
        self.record.extension("AUTH").ok_or(Break::AuthMissing)
    }

    /// Makes the line ready for the next mail after a refusal. Where that one's envelope is under way, it is.
    pub(crate) async fn reset(&mut self, until: Instant) -> Result<(), Fault> {
        if self.offered.is_some() {
            return Ok(());
        }
        self.ask(Step::Reset, "RSET\r\n", until, 200..=299)
            .await
            .map(|_| ())
    }

    /// Says goodbye and waits for the answer; the outcome changes nothing.
    pub(crate) async fn quit(mut self) {
        let _ = timeout(QUIT, self.connection.command("QUIT\r\n")).await;
    }

    /// Says goodbye and is gone: nothing depends on the answer. A server that waits for a content is left without a
    /// word, which it would take for the mail.
    pub(crate) async fn leave(mut self) {
        if self.offered.is_none() {
            let _ = timeout(Duration::ZERO, self.connection.command("QUIT\r\n")).await;
        }
    }

    pub(super) async fn ask(
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

    pub(super) async fn hear(
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

pub(super) async fn exchange(
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

pub(super) fn expect(
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

#[cfg(test)]
mod tests {
    use super::*;

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
