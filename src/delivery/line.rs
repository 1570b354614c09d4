//! What a round knows about its line to the server, from one mail to the next.

use super::breaks::Break;
use super::fault::{Fault, What};
use super::queue::Queue;
use super::record::Record;
use super::redaction::redacted;
use super::session::{self, Login, Session};
use super::step::Step;
use super::trace::Trace;
use crate::address::Mailbox;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// A line that does not answer RSET in this time is given up for a fresh one.
const RESET: Duration = Duration::from_secs(10);

/// The line of one round: open or not, and how it has done.
pub(super) struct LineSoFar<'a> {
    pub(super) login: &'a Login<'a>,
    pub(super) sender: &'a Mailbox,
    session: Option<Session>,
    /// What was said on the connection that is open, or was opened last.
    record: Arc<Record>,
    /// Mails that this connection has carried.
    mails: u32,
    /// A mail was sent in this round, on whichever connection.
    pub(super) any_sent: bool,
    /// Mails in a row at which the line was lost.
    pub(super) lost_in_a_row: u32,
    holds: bool,
}

impl<'a> LineSoFar<'a> {
    pub(super) fn new(login: &'a Login<'a>, sender: &'a Mailbox) -> Self {
        LineSoFar {
            login,
            sender,
            session: None,
            record: Arc::default(),
            mails: 0,
            any_sent: false,
            lost_in_a_row: 0,
            holds: true,
        }
    }

    /// Gives the open conversation, or opens one.
    pub(super) async fn session(&mut self) -> Result<&mut Session, Fault> {
        let open = match self.session.take() {
            Some(open) => open,
            None => {
                let until = Instant::now() + self.login.server.total;
                self.record = Arc::default();
                session::open(self.login, until, &self.record, &mut Trace::start()).await?
            }
        };
        Ok(self.session.insert(open))
    }

    /// What was said, as it is kept for support.
    pub(super) fn conversation(&self) -> Option<String> {
        redacted(&self.record.transcript(), self.login)
    }

    /// The same for the first mail of a connection, which shows all of it; the others would only make it longer.
    pub(super) fn first_conversation(&self) -> Option<String> {
        (self.mails == 1).then(|| self.conversation()).flatten()
    }

    pub(super) fn carried_one(&mut self) {
        (self.mails, self.any_sent) = (self.mails + 1, true);
        (self.lost_in_a_row, self.holds) = (0, true);
    }

    /// A server may close a line that was idle or has carried enough: the next mail deserves a fresh one.
    pub(super) fn went_stale(&self, fault: &Fault) -> bool {
        let closed = match &fault.what {
            What::Reply(reply) => reply.code == 421,
            What::Break(what) => matches!(what, Break::Closed | Break::Reset),
            What::Refusal(_) => false,
        };
        self.mails > 0 && closed && fault.step == Step::MailFrom && !fault.unsure
    }

    pub(super) fn begin_anew(&mut self) {
        (self.session, self.mails) = (None, 0);
    }

    pub(super) fn failed(&mut self, fault: &Fault) {
        self.holds = fault.line_holds();
        self.lost_in_a_row = if self.holds {
            0
        } else {
            self.lost_in_a_row + 1
        };
    }

    /// Makes the line ready for the next mail, or leaves it to be opened anew.
    ///
    /// One lost line may be the mail's doing, such as a scanner that cuts it; two in a row are the line's. The second
    /// opinion comes from the mail tried least, so that a few such mails never keep the others from their turn.
    pub(super) async fn get_ready(&mut self, queue: &mut Queue<'_>) {
        let until = Instant::now() + RESET;
        let usable = match &mut self.session {
            Some(session) if self.holds => session.reset(until).await.is_ok(),
            _ => false,
        };
        if !usable {
            self.begin_anew();
        }
        if self.lost_in_a_row > 0 {
            queue.least_tried_first();
        }
    }

    /// Says QUIT where the line holds.
    pub(super) async fn say_goodbye(self) {
        if let Some(session) = self.session.filter(|_| self.holds) {
            session.leave().await;
        }
    }
}
