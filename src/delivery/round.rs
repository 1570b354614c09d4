//! One batch of one account: opened once, mail after mail, QUIT at the end.
//!
//! The order of each mail's walk: note that the content goes, send, settle with the journal line in
//! one durable transaction, then tell whoever waits.

use super::breaks::Break;
use super::desk::Desk;
use super::fault::{Fault, What};
use super::folder;
use super::redaction::redacted;
use super::rules::{self, Rest, Ruling, Situation};
use super::session::{self, Login, Session};
use super::step::{Route, Step};
use super::tls::Tls;
use super::trace::Trace;
use super::wire::Record;
use crate::address::{self, Mailbox};
use crate::clock::{self, Millis};
use crate::error::{Error, MAIL_E_CONTENT, MAIL_E_EXPIRED, MAIL_E_FOLDER, Result, SmtpReply};
use crate::message;
use crate::outbox::{Claimed, Event, Settlement};
use crate::settings::in_force::{InForce, Server, Way};
use crate::settings::secret::Vault;
use crate::settings::sender::{self, Origin};
use crate::text;
use lettre::Address;
use ring::rand::{SecureRandom, SystemRandom};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A line that does not answer RSET in this time is given up for a fresh one.
const RESET: Duration = Duration::from_secs(10);

/// Sender of the envelope, and the bytes of a mail.
type Outgoing = (Address, Vec<u8>);

/// What one round is about.
pub(super) struct Round {
    pub(super) account: String,
    pub(super) settings: InForce,
    pub(super) mails: Vec<Claimed>,
    /// The account was paused: this round probes it.
    pub(super) probing: bool,
    pub(super) failures_before: u32,
}

/// How the account stands after a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Works,
    Waits { until: Millis },
    Paused,
}

/// Opens the secrets of an account for a conversation.
pub(super) fn login(server: &Server, sender: &Mailbox, vault: &Vault, tls: Tls) -> Result<Login> {
    let open = |sealed: Option<&String>, field: &str| {
        let opened = sealed.map(|sealed| vault.open_secret(sealed));
        opened.transpose().map_err(|error| error.inside(field))
    };
    let of_proxy = server
        .proxy
        .as_ref()
        .and_then(|proxy| proxy.sealed_password.as_ref());
    Ok(Login {
        password: open(server.sealed_password.as_ref(), "smtp.password")?,
        proxy_password: open(of_proxy, "smtp.proxy.password")?,
        tls,
        ehlo_name: session::ehlo_name(server.ehlo_name.as_deref(), sender.address.domain()),
        server: server.clone(),
    })
}

/// Gives what the tables of causes want to know about the way to a server.
pub(super) fn route<'a>(server: &'a Server, from: &'a str) -> Route<'a> {
    Route {
        host: &server.host,
        port: server.port,
        security: server.security,
        user: server.user.as_deref().unwrap_or_default(),
        from,
    }
}

impl Round {
    /// Sends the batch; every mail of it is settled or put back.
    pub(super) async fn run(self, desk: &Desk) -> Standing {
        let sender = match sender::of_store(&self.settings) {
            Ok(sender) => sender,
            Err(error) => return self.stop_here(desk, &self.mails, &error),
        };
        match &self.settings.way {
            Some(Way::Smtp(server)) => match self.login(desk, server, &sender) {
                Ok(login) => self.over_smtp(desk, &login, &sender).await,
                Err(error) => self.stop_here(desk, &self.mails, &error),
            },
            Some(Way::Folder(path)) => self.write_to_folder(desk, path, &sender),
            None => self.stop_here(desk, &self.mails, &Error::bug("a round without a way")),
        }
    }

    fn login(&self, desk: &Desk, server: &Server, sender: &Mailbox) -> Result<Login> {
        login(
            server,
            sender,
            &desk.vault,
            desk.tls(server.ca_file.as_deref())?,
        )
    }

    /// The account cannot be used as it is set up: it pauses, and its mails wait untouched.
    fn stop_here(&self, desk: &Desk, mails: &[Claimed], error: &Error) -> Standing {
        let probe_at = clock::now().saturating_add(clock::millis(self.settings.delivery.probe));
        desk.pause(&self.account, error, probe_at);
        desk.release(mails);
        Standing::Paused
    }

    async fn over_smtp(&self, desk: &Desk, login: &Login, sender: &Mailbox) -> Standing {
        let mut session: Option<Session> = None;
        let mut record = Arc::new(Record::default());
        let mut on_this_line = 0_u32;
        let mut left = self.mails.as_slice();
        while let Some((mail, rest)) = left.split_first() {
            if desk.stopping() {
                break;
            }
            let outgoing = match self.bytes(desk, sender, mail) {
                Ok(Some(outgoing)) => outgoing,
                Ok(None) => {
                    left = rest;
                    continue;
                }
                Err(_) => break,
            };
            let outcome = self
                .deliver(desk, login, &mut session, &mut record, mail, &outgoing)
                .await;
            let fault = match outcome {
                Ok(reply) => {
                    on_this_line += 1;
                    // The first mail of a line shows all of it; the others would only be longer.
                    let shown = (on_this_line == 1).then(|| redacted(&record.transcript(), login));
                    self.sent(desk, mail, reply, shown.flatten());
                    left = rest;
                    continue;
                }
                Err(fault) => fault,
            };
            if on_this_line > 0 && went_stale(&fault) {
                session = None;
                on_this_line = 0;
                continue;
            }
            left = rest;
            match self.failed(desk, login, sender, mail, &fault, &record) {
                Rest::GoesOn => session = ready_again(session.take(), &fault).await,
                Rest::Waits { until } => {
                    desk.release(left);
                    return Standing::Waits { until };
                }
                Rest::Pauses { .. } => {
                    desk.release(left);
                    return Standing::Paused;
                }
            }
            if session.is_none() {
                on_this_line = 0;
            }
        }
        desk.release(left);
        if let Some(session) = session {
            session.quit().await;
        }
        Standing::Works
    }

    /// Gives the sender of the envelope and the bytes that travel; a mail whose content is gone fails here. An error is the disk's,
    /// which the desk has noted: the mail waits.
    fn bytes(&self, desk: &Desk, sender: &Mailbox, mail: &Claimed) -> Result<Option<Outgoing>> {
        if let Some(frozen) = desk.content(mail.id)? {
            let store = || Origin {
                from: sender.clone(),
                reply_to: None,
            };
            // A profile was checked when its mail was accepted; the store's own From is always right.
            let origin =
                sender::origin(&self.settings, mail.profile.as_ref()).unwrap_or_else(|_| store());
            let bytes = message::with_origin(&origin, &frozen);
            return Ok(Some((origin.from.address, bytes)));
        }
        let gone = Error::new(MAIL_E_CONTENT, text::content_gone());
        desk.settle(mail.id, &Settlement::Failed, &Event::of("refused", &gone));
        Ok(None)
    }

    async fn deliver(
        &self,
        desk: &Desk,
        login: &Login,
        session: &mut Option<Session>,
        record: &mut Arc<Record>,
        mail: &Claimed,
        (from, bytes): &Outgoing,
    ) -> std::result::Result<SmtpReply, Fault> {
        let to = address::check(&mail.recipient)
            .map_err(|_| Fault::broken(Step::RcptTo, Break::AddressNeedsUtf8))?;
        let open = match session.take() {
            Some(open) => open,
            None => {
                let until = Instant::now() + login.server.total;
                *record = Arc::new(Record::default());
                session::open(login, until, record, &mut Trace::start()).await?
            }
        };
        session
            .insert(open)
            .send(from, &to, bytes, || desk.note_hand_over(mail.id))
            .await
    }

    fn sent(&self, desk: &Desk, mail: &Claimed, reply: SmtpReply, conversation: Option<String>) {
        // Who waits for this mail finds the account resumed already.
        if self.probing {
            desk.resume(&self.account);
        }
        let event = Event {
            smtp: Some(reply),
            account: Some(self.account.clone()),
            conversation,
            ..Event::plain("sent")
        };
        desk.settle(mail.id, &Settlement::Sent, &event);
    }

    fn failed(
        &self,
        desk: &Desk,
        login: &Login,
        sender: &Mailbox,
        mail: &Claimed,
        fault: &Fault,
        record: &Record,
    ) -> Rest {
        let from = sender.address.to_string();
        let cause = fault.cause(&route(&login.server, &from));
        let situation = Situation {
            now: clock::now(),
            failures_before: self.failures_before,
            chance: chance(),
        };
        let rules = &self.settings.delivery;
        let Ruling { settlement, rest } =
            rules::judge(fault.step, &cause, fault.unsure, mail, rules, situation);
        let error = fault.to_error(&cause);
        let mut event = self.event(&settlement, &rest, &error);
        event.account = Some(self.account.clone());
        event.conversation = redacted(&record.transcript(), login);
        match rest {
            Rest::Pauses { probe_at } => desk.pause(&self.account, &error, probe_at),
            Rest::GoesOn if self.probing && matches!(fault.what, What::Reply(_)) => {
                desk.resume(&self.account)
            }
            Rest::GoesOn | Rest::Waits { .. } => {}
        }
        desk.settle(mail.id, &settlement, &event);
        rest
    }

    fn event(&self, settlement: &Settlement, rest: &Rest, error: &Error) -> Event {
        let name = match settlement {
            Settlement::Sent => "sent",
            Settlement::Later { .. } => "later",
            Settlement::Back { .. } if matches!(rest, Rest::Pauses { .. }) => "blocked",
            Settlement::Back { .. } => "interrupted",
            Settlement::Unsure { .. } => "unsure",
            Settlement::Uncertain => "uncertain",
            Settlement::Failed if !is_of_this_mail(error) => {
                let hours = self.settings.delivery.give_up_after.as_secs() / 3_600;
                let mut given_up = Event::of("expired", error);
                given_up.code = MAIL_E_EXPIRED;
                given_up.hint = given_up.message.replace(text::expired(hours));
                return given_up;
            }
            Settlement::Failed => "refused",
        };
        Event::of(name, error)
    }

    fn write_to_folder(&self, desk: &Desk, path: &Path, sender: &Mailbox) -> Standing {
        for (index, mail) in self.mails.iter().enumerate() {
            let left = self.mails.get(index..).unwrap_or_default();
            let bytes = match self.bytes(desk, sender, mail) {
                Ok(Some((_, bytes))) => bytes,
                Ok(None) => continue,
                Err(_) => {
                    desk.release(left);
                    break;
                }
            };
            match folder::write(path, mail, &bytes) {
                Ok(file) => {
                    let reply = SmtpReply {
                        code: 250,
                        enhanced: None,
                        text: file.display().to_string(),
                    };
                    self.sent(desk, mail, reply, None);
                }
                Err(error) => {
                    let error = Error::at(
                        MAIL_E_FOLDER,
                        "folder.path",
                        text::state_folder(path, &error),
                    );
                    return self.stop_here(desk, left, &error);
                }
            }
        }
        Standing::Works
    }
}

fn is_of_this_mail(error: &Error) -> bool {
    error.code == MAIL_E_CONTENT || error.code == crate::error::MAIL_E_RECIPIENT
}

/// A server may close a line that was idle or has carried enough: the next mail deserves a fresh one.
fn went_stale(fault: &Fault) -> bool {
    let closed = match &fault.what {
        What::Reply(reply) => reply.code == 421,
        What::Break(what) => matches!(what, Break::Closed | Break::Reset),
    };
    closed && fault.step == Step::MailFrom && !fault.unsure
}

async fn ready_again(session: Option<Session>, fault: &Fault) -> Option<Session> {
    let mut session = session?;
    let until = Instant::now() + RESET;
    let usable = fault.line_holds() && session.reset(until).await.is_ok();
    usable.then_some(session)
}

fn chance() -> u64 {
    let mut random = [0_u8; 8];
    match SystemRandom::new().fill(&mut random) {
        Ok(()) => u64::from_ne_bytes(random),
        // Without random bytes the waits have no jitter; they are still right.
        Err(_) => 0,
    }
}
