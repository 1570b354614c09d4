//! Where in a conversation with a mail server something happened, and what kind of trouble it is.
//!
//! The words that `replies` and `breaks` share: steps, classes, the way to the server, and the
//! cause they both answer with. Nothing here decides anything.

use crate::error::{
    MAIL_E_ACCOUNT, MAIL_E_AUTH, MAIL_E_CONTENT, MAIL_E_NETWORK, MAIL_E_PROTOCOL, MAIL_E_QUOTA,
    MAIL_E_RECIPIENT, MAIL_E_SENDER, MAIL_E_SIGN_IN, MAIL_E_TLS, MAIL_E_TRANSIENT,
    MAIL_E_UNCERTAIN, mail_code,
};
use crate::settings::model::Security;
use crate::text::Text;

/// Step of the way from a server's name to the end of its conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Getting a token to log in with.
    Token,
    /// Looking the server's name up.
    Name,
    /// Opening the TCP connection.
    Connect,
    /// Asking the proxy for the connection.
    Proxy,
    /// Waiting for the server's first line.
    Greeting,
    /// EHLO and the list of extensions.
    Ehlo,
    /// The STARTTLS command.
    StartTls,
    /// The TLS handshake and the check of the certificate.
    Tls,
    /// Logging in with a password.
    Auth,
    /// Logging in with a token.
    AuthToken,
    /// MAIL FROM.
    MailFrom,
    /// RCPT TO.
    RcptTo,
    /// From the DATA command until the final dot is sent; a line lost here has sent nothing.
    Data,
    /// From the final dot until its reply; a line lost here leaves the outcome unknown (RFC 1047).
    Body,
    /// RSET.
    Reset,
}

impl Step {
    /// Gives the name that replies and the journal show.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Step::Token => "token",
            Step::Name => "name",
            Step::Connect => "connect",
            Step::Proxy => "proxy",
            Step::Greeting => "greeting",
            Step::Ehlo => "ehlo",
            Step::StartTls => "starttls",
            Step::Tls => "tls",
            Step::Auth | Step::AuthToken => "auth",
            Step::MailFrom => "mail_from",
            Step::RcptTo => "rcpt_to",
            Step::Data => "data",
            Step::Body => "body",
            Step::Reset => "reset",
        }
    }

    /// Tells whether no mail has been spoken of yet.
    pub(crate) fn is_before_mail(self) -> bool {
        !matches!(
            self,
            Step::MailFrom | Step::RcptTo | Step::Data | Step::Body | Step::Reset
        )
    }
}

/// Kind of trouble; it decides what becomes of the mail and of its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// The server cannot be reached.
    Network,
    /// The encrypted connection cannot be trusted or set up.
    Tls,
    /// The login is refused.
    Auth,
    /// Somebody has to sign in, for the first time or again.
    SignIn,
    /// The account may not send from this address.
    Sender,
    /// The account, its domain or its Internet connection is blocked.
    Account,
    /// A sending limit is reached; it lifts by itself.
    Quota,
    /// The server asks to try later.
    Transient,
    /// The recipient is refused.
    Recipient,
    /// This mail is refused.
    Content,
    /// The line was lost after the final dot.
    Uncertain,
    /// The answer makes no sense.
    Protocol,
}

impl Class {
    /// Gives the code that the caller of the library sees.
    pub(crate) fn code(self) -> mail_code {
        match self {
            Class::Network => MAIL_E_NETWORK,
            Class::Tls => MAIL_E_TLS,
            Class::Auth => MAIL_E_AUTH,
            Class::SignIn => MAIL_E_SIGN_IN,
            Class::Sender => MAIL_E_SENDER,
            Class::Account => MAIL_E_ACCOUNT,
            Class::Quota => MAIL_E_QUOTA,
            Class::Transient => MAIL_E_TRANSIENT,
            Class::Recipient => MAIL_E_RECIPIENT,
            Class::Content => MAIL_E_CONTENT,
            Class::Uncertain => MAIL_E_UNCERTAIN,
            Class::Protocol => MAIL_E_PROTOCOL,
        }
    }
}

/// The way to the server, as the sentences name it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route<'a> {
    /// Name of the server.
    pub(crate) host: &'a str,
    /// TCP port.
    pub(crate) port: u16,
    /// How the connection is encrypted.
    pub(crate) security: Security,
    /// Login name; empty when there is no login.
    pub(crate) user: &'a str,
    /// Sender's address.
    pub(crate) from: &'a str,
    /// A person can sign the account in again.
    pub(crate) owner_signs_in: bool,
}

/// What went wrong, in words a shop owner understands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cause {
    /// Name of the row that matched; stable, for the journal and for tests.
    pub(crate) id: &'static str,
    /// Kind of trouble.
    pub(crate) class: Class,
    /// What is wrong.
    pub(crate) message: Text,
    /// What to do about it.
    pub(crate) hint: Option<Text>,
    /// Seconds to wait before the next try, where the server or its provider says.
    pub(crate) wait_s: Option<u32>,
    /// The other mails of the account would meet the same, at whatever step this one met it.
    pub(crate) of_account: bool,
}

/// One wording, French first, then English.
pub(crate) type Wording = (&'static str, &'static str);

/// Words that a sentence may hold beside those of the route, as name and value.
pub(crate) type Extra<'a> = &'a [(&'a str, &'a str)];

/// A cause before its placeholders are filled.
#[derive(Debug)]
pub(crate) struct Advice {
    /// Name of the cause.
    pub(crate) id: &'static str,
    /// Kind of trouble.
    pub(crate) class: Class,
    /// What is wrong.
    pub(crate) message: Wording,
    /// What to do about it.
    pub(crate) hint: Wording,
}

impl Advice {
    /// Fills the placeholders for one route.
    pub(crate) fn cause(&self, route: &Route, extra: Extra) -> Cause {
        Cause {
            id: self.id,
            class: self.class,
            message: text(self.message, route, extra),
            hint: Some(text(self.hint, route, extra)),
            wait_s: None,
            of_account: false,
        }
    }
}

fn text(wording: Wording, route: &Route, extra: Extra) -> Text {
    Text::new(fill(wording.0, route, extra), fill(wording.1, route, extra))
}

/// Replaces `{host}`, `{port}`, `{user}`, `{from}` and the extra names; in one pass, so that a
/// value with braces in it is never read as a placeholder.
pub(crate) fn fill(sentence: &str, route: &Route, extra: Extra) -> String {
    let mut filled = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        filled.push_str(before);
        filled.push_str(&value(name, route, extra));
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

fn value(name: &str, route: &Route, extra: Extra) -> String {
    match name {
        "host" => route.host.to_owned(),
        "port" => route.port.to_string(),
        // Without a login, the account is known by its address.
        "user" if route.user.is_empty() => route.from.to_owned(),
        "user" => route.user.to_owned(),
        "from" => route.from.to_owned(),
        _ => extra
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| (*value).to_owned())
            .unwrap_or_else(|| format!("{{{name}}}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::code_class;

    #[test]
    fn placeholders_are_filled_once_and_unknown_ones_stay() {
        let route = Route {
            host: "smtp.example.com",
            port: 465,
            security: Security::Tls,
            user: "{from}",
            from: "a@example.com",
            owner_signs_in: false,
        };
        for (sentence, expected) in [
            ("plain", "plain"),
            ("{host}:{port}", "smtp.example.com:465"),
            ("« {user} » {from}.", "« {from} » a@example.com."),
            ("{detail} {other}", "x{host} {other}"),
        ] {
            let filled = fill(sentence, &route, &[("detail", "x{host}")]);
            assert_eq!(filled, expected, "{sentence}");
        }
    }

    #[test]
    fn class_and_code_bear_the_same_name() {
        for (class, name) in [
            (Class::Network, "network"),
            (Class::Tls, "tls"),
            (Class::Auth, "auth"),
            (Class::SignIn, "auth"),
            (Class::Sender, "sender"),
            (Class::Account, "account"),
            (Class::Quota, "quota"),
            (Class::Transient, "transient"),
            (Class::Recipient, "recipient"),
            (Class::Content, "content"),
            (Class::Uncertain, "uncertain"),
            (Class::Protocol, "protocol"),
        ] {
            assert_eq!(code_class(class.code()), name, "{class:?}");
        }
    }
}
