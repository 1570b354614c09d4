//! One failed step: what the server said, or how the line broke.

use super::breaks::{self, Break};
use super::oauth::refusals::{self, Refusal};
use super::replies;
use super::step::{Cause, Class, Route, Step};
use crate::error::{Error, SmtpReply};
use crate::settings::model::Security;
use crate::text;

/// A failure in an SMTP conversation.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) step: Step,
    pub(crate) what: What,
    /// The server had the whole mail and gave no answer: it may have been delivered.
    pub(crate) unsure: bool,
    /// Host and port where it happened, where that is not the mail server.
    pub(crate) place: Option<(String, u16)>,
}

/// What happened.
#[derive(Debug, Clone)]
pub(crate) enum What {
    Reply(SmtpReply),
    Break(Break),
    /// The provider gives no token.
    Refusal(Box<Refusal>),
}

impl Fault {
    /// Makes the fault of a refusing reply.
    pub(crate) fn reply(step: Step, reply: SmtpReply) -> Self {
        Fault {
            step,
            what: What::Reply(reply),
            unsure: false,
            place: None,
        }
    }

    /// Makes the fault of a broken line.
    pub(crate) fn broken(step: Step, what: Break) -> Self {
        Fault {
            step,
            what: What::Break(what),
            unsure: false,
            place: None,
        }
    }

    /// Makes the fault of a provider that gives no token.
    pub(crate) fn refusal(refusal: Refusal) -> Self {
        Fault {
            step: Step::Token,
            what: What::Refusal(Box::new(refusal)),
            unsure: false,
            place: None,
        }
    }

    /// Tells whether the mail server has refused a token.
    pub(crate) fn refuses_token(&self) -> bool {
        let refused = matches!(&self.what, What::Reply(reply) if reply.code >= 500);
        self.step == Step::AuthToken && refused
    }

    /// Adds what the server said before its final word; where there was none, that is its word.
    pub(crate) fn because(mut self, why: &str) -> Self {
        match &mut self.what {
            What::Reply(reply) => reply.text = format!("{} {why}", reply.text),
            What::Break(_) => {
                self.what = What::Reply(SmtpReply {
                    code: 535,
                    enhanced: None,
                    text: why.to_owned(),
                });
            }
            What::Refusal(_) => {}
        }
        self
    }

    /// Says where it happened, where that is not the mail server.
    pub(crate) fn at(mut self, host: &str, port: u16) -> Self {
        self.place = Some((host.to_owned(), port));
        self
    }

    /// Looks the fault up in the tables.
    pub(crate) fn cause(&self, route: &Route) -> Cause {
        let mut route = *route;
        if let Some((host, port)) = &self.place {
            (route.host, route.port, route.security) = (host, *port, Security::Tls);
        }
        let mut cause = match &self.what {
            What::Reply(reply) => replies::judge(self.step, reply, &route),
            What::Break(what) => breaks::explain(self.step, what, &route),
            What::Refusal(refusal) => refusals::judge(refusal, &route),
        };
        // Where no owner signs in, the cure is the integrator's.
        if cause.class == Class::SignIn && !route.owner_signs_in {
            cause.class = Class::Auth;
            cause.hint = Some(text::new_access_needed());
        }
        cause
    }

    /// Tells whether the conversation can go on with RSET: the server refused, and the line holds.
    pub(crate) fn line_holds(&self) -> bool {
        match &self.what {
            What::Reply(reply) => reply.code != 421,
            What::Break(Break::SizeLimit { .. } | Break::AddressNeedsUtf8) => true,
            What::Break(_) | What::Refusal(_) => false,
        }
    }

    /// Gives the error that tells about it.
    pub(crate) fn to_error(&self, cause: &Cause) -> Error {
        let mut error = Error::new(cause.class.code(), cause.message.clone());
        error.hint = cause.hint.clone();
        error.step = Some(self.step.as_str());
        error.smtp = match &self.what {
            What::Reply(reply) => Some(Box::new(reply.clone())),
            What::Refusal(refusal) => Some(Box::new(refusal.words())),
            What::Break(_) => None,
        };
        error
    }
}
