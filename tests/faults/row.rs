//! One row of the table: a fault at a step, and the seven things that must come of it.

use super::support::scripted::Action;
use super::words::{At, Fault};

pub struct Row {
    pub at: At,
    pub fault: Fault,
    /// Tells rows of one pair apart; empty where there is one.
    pub note: &'static str,
    pub how: How,
    /// The ways in which it is driven, where they are not those of its step.
    pub only: Option<&'static [Way]>,
    pub expect: Expect,
}

/// How the conversation goes until the fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// In the clear, MAIL, RCPT and DATA in one flight.
    Pipelined,
    /// In the clear, one command after the other.
    OneByOne,
    /// TLS from the first byte, with a login.
    Tls,
    /// STARTTLS, with a login.
    StartTls,
}

/// How the fault is made.
#[derive(Clone)]
pub enum How {
    /// The scripted server does this at the step.
    Does(Action),
    /// As `Does`, and the deadlines leave it the time.
    InTime(Action),
    /// The server shows this certificate.
    Shows(Certificate),
    /// What the server offers in EHLO, in place of the usual.
    Offers(&'static [&'static str]),
    /// AUTH is hidden until TLS stands, and the settings ask for no TLS.
    HidesAuth,
    /// STARTTLS is missing in the EHLO answer.
    Strips,
    /// These bytes come in one packet with the answer to STARTTLS.
    Injects(&'static [u8]),
    /// Nobody listens on the port.
    NobodyListens,
    /// The port takes no more connections and does not say so.
    TakesNoMore,
    /// No route leads to the server.
    NoRoute,
    /// A real TLS server that speaks TLS 1.0 only.
    OldTls,
    /// The name server does what it does for this name.
    Name(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate {
    OfAnother,
    Expired,
    SelfSigned,
    OfUnknown,
    OfAntivirus,
}

/// When a mail or its account is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    Never,
    /// After so many seconds, up to a tenth longer.
    After(u32),
    /// The account is probed after so many seconds.
    Probe(u32),
}

/// The seven things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expect {
    pub code: &'static str,
    pub class: &'static str,
    pub state: &'static str,
    pub tries: u64,
    pub paused: bool,
    pub again: Again,
    /// What the shop reads, in French: what is wrong and what to do; both empty where nothing is.
    pub says: &'static str,
    pub cure: &'static str,
}

/// Writes one row's expectation in the order of the document.
#[allow(clippy::too_many_arguments)]
pub const fn is(
    code: &'static str,
    class: &'static str,
    state: &'static str,
    tries: u64,
    paused: bool,
    again: Again,
    says: &'static str,
    cure: &'static str,
) -> Expect {
    Expect {
        code,
        class,
        state,
        tries,
        paused,
        again,
        says,
        cure,
    }
}

/// The mail is sent, whatever the server did beside.
pub const SENT: Expect = is("MAIL_OK", "ok", "sent", 1, false, Again::Never, "", "");

pub const fn row(at: At, fault: Fault, note: &'static str, how: How, expect: Expect) -> Row {
    Row {
        at,
        fault,
        note,
        how,
        only: None,
        expect,
    }
}

impl Row {
    /// Drives it in these ways only: elsewhere it comes to something else.
    pub const fn over(mut self, ways: &'static [Way]) -> Row {
        self.only = Some(ways);
        self
    }
}
