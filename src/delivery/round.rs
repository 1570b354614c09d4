//! One batch of one account: opened once, mail after mail, QUIT at the end.
//!
//! The order of each mail's walk: note that the content goes, send, settle with the journal line in
//! one durable transaction, then tell whoever waits.

use super::desk::Desk;
use super::fault::{Fault, What};
use super::flight::Outgoing;
use super::folder;
use super::line::LineSoFar;
use super::oauth::supply::{Keeper, Supply};
use super::queue::Queue;
use super::rules::{self, Rest, Ruling, Situation};
use super::session::{self, Login};
use super::step::{Route, Step};
use super::tls::Tls;
use crate::address::{self, Mailbox};
use crate::error::{
    Error, MAIL_E_CONTENT, MAIL_E_EXPIRED, MAIL_E_FOLDER, MAIL_E_RECIPIENT, MAIL_E_SENDER, Result,
    SmtpReply,
};
use crate::message;
use crate::outbox::{Claimed, Event, Settlement};
use crate::settings::in_force::{InForce, Server, Way};
use crate::settings::model::Grant;
use crate::settings::sender::{self, Origin};
use crate::text;
use lettre::Address;
use ring::rand::{SecureRandom, SystemRandom};
use std::path::Path;
use std::time::{Duration, Instant};

/// While the disk refuses to keep outcomes, an account waits so long between two looks.
const DISK_WAIT: Duration = Duration::from_secs(10);

/// The disk keeps neither what goes nor what has gone: not only the next turn would meet the same.
fn waits_for_the_disk() -> Standing {
    Standing::Waits {
        since: Instant::now(),
        wait: DISK_WAIT,
        worked: false,
    }
}

/// What one round is about.
pub(super) struct Round {
    pub(super) account: String,
    pub(super) settings: InForce,
    /// Version of the document that the settings were taken from.
    pub(super) settings_version: i64,
    pub(super) mails: Vec<Claimed>,
    /// The account was paused: this round probes it.
    pub(super) probing: bool,
    /// Another line of the account is at work: what this one meets before its first mail says nothing about the account.
    pub(super) is_beside: bool,
    pub(super) failures_before: u32,
}

/// How the account stands after a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Works,
    /// It rests so long. `since`: from before the failure was written, so that whoever has seen it and acts is later.
    /// `worked`: mails left before the failure, so it is the first in a row.
    Waits {
        since: Instant,
        wait: Duration,
        worked: bool,
    },
    Paused,
    /// Its server takes no second line beside the first.
    Crowded,
}

/// Opens the secrets of an account for a conversation.
pub(super) fn login<'a>(
    server: &'a Server,
    sender: &Mailbox,
    keeper: &'a dyn Keeper,
    tls: Tls,
) -> Result<Login<'a>> {
    let vault = keeper.vault();
    let of_proxy = server
        .proxy
        .as_ref()
        .and_then(|proxy| proxy.sealed_password.as_ref());
    let proxy_password = vault.open_field(of_proxy, "smtp.proxy.password")?;
    let supply = |tokens| Supply::open(server, tokens, keeper, tls.clone());
    Ok(Login {
        password: vault.open_field(server.sealed_password.as_ref(), "smtp.password")?,
        tokens: server.tokens.as_deref().map(supply).transpose()?,
        proxy_password,
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
        owner_signs_in: server
            .tokens
            .as_ref()
            .is_some_and(|tokens| tokens.grant == Grant::SignIn),
    }
}

impl Round {
    /// Sends the batch; every mail of it is settled or put back.
    pub(super) async fn run(self, desk: &Desk) -> Standing {
        if self.probing {
            // Before the probe, not after it: neither a crash nor a dead network meanwhile makes it two an hour.
            desk.put_off_probe(&self.account, self.settings.delivery.probe);
        }
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

    fn login<'a>(&self, desk: &'a Desk, server: &'a Server, sender: &Mailbox) -> Result<Login<'a>> {
        login(server, sender, desk, desk.tls(server.ca_file.as_deref())?)
    }

    /// The account cannot be used as it is set up: it pauses, and its mails wait untouched.
    fn stop_here(&self, desk: &Desk, mails: &[Claimed], error: &Error) -> Standing {
        let (since, wait) = (Instant::now(), self.settings.delivery.probe);
        let paused = desk.pause(&self.account, error, wait);
        desk.release(mails);
        if desk.lift_if_saved_since(self.settings_version) {
            return Standing::Works;
        }
        if paused {
            Standing::Paused
        } else {
            Standing::Waits {
                since,
                wait,
                worked: false,
            }
        }
    }

    async fn over_smtp(&self, desk: &Desk, login: &Login<'_>, sender: &Mailbox) -> Standing {
        let mut queue = Queue::new(desk, &self.mails);
        let mut line = LineSoFar::new(login, sender);
        let standing = loop {
            if desk.stopping() {
                break Standing::Works;
            }
            // Mails that leave while the disk keeps no outcome could all leave twice.
            if !desk.all_kept() {
                break waits_for_the_disk();
            }
            queue.make_ready(|mail| self.outgoing(desk, sender, mail));
            let Some((mail, outgoing)) = queue.ready.front() else {
                break Standing::Works;
            };
            let fault = match Self::deliver(desk, &mut line, &queue, outgoing).await {
                Ok(Some(reply)) => {
                    line.carried_one();
                    self.sent(desk, mail, reply, line.first_conversation());
                    queue.gone();
                    continue;
                }
                Ok(None) => {
                    line.begin_anew();
                    break waits_for_the_disk();
                }
                Err(fault) => fault,
            };
            if line.went_stale(&fault) {
                line.begin_anew();
                continue;
            }
            line.failed(&fault);
            if self.is_beside && !line.any_sent && fault.step.is_before_mail() {
                break Standing::Crowded;
            }
            let since = Instant::now();
            let rest = self.failed(desk, &line, &queue, (mail, &outgoing.from), &fault);
            queue.gone();
            match rest {
                Rest::GoesOn => line.get_ready(&mut queue).await,
                Rest::Waits { wait } => {
                    break Standing::Waits {
                        since,
                        wait,
                        worked: line.any_sent,
                    };
                }
                Rest::Pauses => break Standing::Paused,
            }
        };
        drop(queue);
        line.say_goodbye().await;
        standing
    }

    /// A mail that cannot be read from the disk waits; the others go on.
    fn put_off(&self, desk: &Desk, mail: &Claimed, error: &Error) {
        let situation = self.situation(desk, self.failures_before, false);
        let settlement = rules::put_off(mail, &self.settings.delivery, situation);
        desk.settle(mail.id, settlement, Event::of("fault", error));
    }

    /// Makes a mail ready to leave. One whose content is gone fails here, one that the disk does not give waits.
    fn outgoing(&self, desk: &Desk, sender: &Mailbox, mail: &Claimed) -> Option<Outgoing> {
        let made = match desk.content(mail.id) {
            Ok(Some(frozen)) => {
                let store = || Origin {
                    from: sender.clone(),
                    reply_to: None,
                };
                // A profile was checked when its mail was accepted; the store's own From is always right.
                let origin = sender::origin(&self.settings, mail.profile.as_ref())
                    .unwrap_or_else(|_| store());
                address::check(&mail.recipient).map(|to| {
                    let content = message::with_origin(&origin, &frozen);
                    Outgoing::new(origin.from.address, &to, content)
                })
            }
            Ok(None) => Err(Error::new(MAIL_E_CONTENT, text::content_gone())),
            Err(error) => {
                self.put_off(desk, mail, &error);
                return None;
            }
        };
        made.map_err(|error| {
            desk.settle(mail.id, Settlement::Failed, Event::of("refused", &error));
        })
        .ok()
    }

    /// Sends the first mail of the queue, with the envelope of the second. While its server takes its time, the outcomes
    /// of the mails before it are written.
    async fn deliver(
        desk: &Desk,
        line: &mut LineSoFar<'_>,
        queue: &Queue<'_>,
        outgoing: &Outgoing,
    ) -> std::result::Result<Option<SmtpReply>, Fault> {
        let session = line.session().await?;
        session
            .send(
                outgoing,
                queue.next(),
                || queue.goes(),
                || desk.write_outcomes(),
            )
            .await
    }

    fn sent(&self, desk: &Desk, mail: &Claimed, reply: SmtpReply, conversation: Option<String>) {
        // Who waits for this mail finds the account resumed already.
        if self.probing {
            desk.resume(&self.account);
        }
        desk.note_carries(&self.account);
        let event = Event {
            smtp: Some(reply),
            account: Some(self.account.clone()),
            conversation,
            ..Event::plain("sent")
        };
        desk.settle_soon(mail.id, Settlement::Sent, event);
    }

    fn failed(
        &self,
        desk: &Desk,
        line: &LineSoFar<'_>,
        queue: &Queue<'_>,
        (mail, from): (&Claimed, &Address),
        fault: &Fault,
    ) -> Rest {
        let own_sender = *from != line.sender.address;
        let from = from.to_string();
        let cause = fault.cause(&route(&line.login.server, &from));
        let failures_before = if line.any_sent {
            0
        } else {
            self.failures_before
        };
        let situation = self.situation(desk, failures_before, own_sender);
        let rules = &self.settings.delivery;
        let Ruling { settlement, rest } = rules::judge(fault, &cause, mail, rules, situation);
        let rest = match rest {
            Rest::GoesOn if line.lost_in_a_row > 1 => {
                rules::rest_on_a_bad_line(rules, &cause, situation)
            }
            rest => rest,
        };
        let error = fault.to_error(&cause);
        let mut event = self.event(&settlement, &rest, &error);
        event.account = Some(self.account.clone());
        event.conversation = line.conversation();
        let mut pause_kept = true;
        match rest {
            Rest::Pauses => pause_kept = desk.pause(&self.account, &error, rules.probe),
            _ if self.probing && shows_that_it_works(fault) => desk.resume(&self.account),
            Rest::GoesOn | Rest::Waits { .. } => {}
        }
        desk.settle(mail.id, settlement, event);
        if matches!(rest, Rest::Waits { .. }) {
            self.give_up_old(desk, queue.rest().skip(1), &error, situation);
        }
        if rest != Rest::GoesOn && desk.lift_if_saved_since(self.settings_version) {
            return Rest::Waits {
                wait: Duration::ZERO,
            };
        }
        match rest {
            // The disk did not keep the pause: the account waits as long in memory.
            Rest::Pauses if !pause_kept => Rest::Waits { wait: rules.probe },
            _ => rest,
        }
    }

    /// What stops the account stops its other mails: those that have waited too long wait no longer, or a long
    /// queue behind a dead line would be given up at the pace of one mail a try.
    fn give_up_old<'a>(
        &self,
        desk: &Desk,
        left: impl Iterator<Item = &'a Claimed>,
        error: &Error,
        situation: Situation,
    ) {
        let event = Event {
            account: Some(self.account.clone()),
            ..self.expired(error)
        };
        let rules = &self.settings.delivery;
        for mail in left {
            if rules::is_given_up(mail, rules, situation) {
                desk.settle_soon(mail.id, Settlement::Failed, event.clone());
            }
        }
        desk.write_outcomes();
    }

    fn situation(&self, desk: &Desk, failures_before: u32, own_sender: bool) -> Situation {
        Situation {
            now: desk.now(),
            failures_before,
            own_sender,
            chance: chance(),
            trying_for: desk.clock_trusted_for(),
        }
    }

    fn event(&self, settlement: &Settlement, rest: &Rest, error: &Error) -> Event {
        let name = match settlement {
            Settlement::Sent => "sent",
            Settlement::Later { .. } => "later",
            Settlement::Back if *rest == Rest::Pauses => "blocked",
            Settlement::Back => "interrupted",
            Settlement::Unsure { .. } => "unsure",
            Settlement::Uncertain => "uncertain",
            Settlement::Failed if !is_of_this_mail(error) => return self.expired(error),
            Settlement::Failed => "refused",
        };
        let mut event = Event::of(name, error);
        if matches!(settlement, Settlement::Unsure { .. }) {
            event.hint = Some(text::unsure_once_more());
        }
        event
    }

    fn expired(&self, error: &Error) -> Event {
        let hours = self.settings.delivery.give_up_after.as_secs() / 3_600;
        let mut given_up = Event::of("expired", error);
        given_up.code = MAIL_E_EXPIRED;
        given_up.hint = given_up.message.replace(text::expired(hours));
        given_up
    }

    fn write_to_folder(&self, desk: &Desk, path: &Path, sender: &Mailbox) -> Standing {
        for (index, mail) in self.mails.iter().enumerate() {
            let left = self.mails.get(index..).unwrap_or_default();
            let Some(outgoing) = self.outgoing(desk, sender, mail) else {
                continue;
            };
            match folder::write(path, mail, &outgoing.content) {
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
        desk.write_outcomes();
        Standing::Works
    }
}

/// A refusal of the sender fails a mail only where the sender is the mail's own.
fn is_of_this_mail(error: &Error) -> bool {
    matches!(
        error.code,
        MAIL_E_CONTENT | MAIL_E_RECIPIENT | MAIL_E_SENDER
    )
}

/// A refusal that is about the recipient or the mail: login and sender were taken.
fn shows_that_it_works(fault: &Fault) -> bool {
    let past_the_sender = matches!(fault.step, Step::RcptTo | Step::Data | Step::Body);
    past_the_sender && matches!(fault.what, What::Reply(_))
}

fn chance() -> u64 {
    let mut random = [0_u8; 8];
    match SystemRandom::new().fill(&mut random) {
        Ok(()) => u64::from_ne_bytes(random),
        // Without random bytes the waits have no jitter; they are still right.
        Err(_) => 0,
    }
}
