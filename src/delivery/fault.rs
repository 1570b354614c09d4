//! One failed step: what the server said, or how the line broke.

use super::breaks::{self, Break};
use super::replies;
use super::step::{Cause, Route, Step};
use crate::error::{Error, SmtpReply};

/// A failure in an SMTP conversation.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) step: Step,
    pub(crate) what: What,
    /// The server had the whole mail and gave no answer: it may have been delivered.
    pub(crate) unsure: bool,
}

/// What happened.
#[derive(Debug, Clone)]
pub(crate) enum What {
    Reply(SmtpReply),
    Break(Break),
}

impl Fault {
    /// Makes the fault of a refusing reply.
    pub(crate) fn reply(step: Step, reply: SmtpReply) -> Self {
        Fault {
            step,
            what: What::Reply(reply),
            unsure: false,
        }
    }

    /// Makes the fault of a broken line.
    pub(crate) fn broken(step: Step, what: Break) -> Self {
        Fault {
            step,
            what: What::Break(what),
            unsure: false,
        }
    }

    /// Looks the fault up in the tables.
    pub(crate) fn cause(&self, route: &Route) -> Cause {
        match &self.what {
            What::Reply(reply) => replies::judge(self.step, reply, route),
            What::Break(what) => breaks::explain(self.step, what, route),
        }
    }

    /// Tells whether the conversation can go on with RSET: the server refused, and the line holds.
    pub(crate) fn line_holds(&self) -> bool {
        match &self.what {
            What::Reply(reply) => reply.code != 421,
            What::Break(Break::SizeLimit { .. } | Break::AddressNeedsUtf8) => true,
            What::Break(_) => false,
        }
    }

    /// Gives the error that tells about it.
    pub(crate) fn to_error(&self, cause: &Cause) -> Error {
        let mut error = Error::new(cause.class.code(), cause.message.clone());
        error.hint = cause.hint.clone();
        error.step = Some(self.step.as_str());
        if let What::Reply(reply) = &self.what {
            error.smtp = Some(Box::new(reply.clone()));
        }
        error
    }
}
