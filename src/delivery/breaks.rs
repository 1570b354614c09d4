//! What goes wrong without a reply from the mail server: network, encryption, nonsense.
//!
//! The twin of `replies`: a break and the step where it happened in, class, sentence and cure out.
//! The advice depends on the route, because most of these troubles are a port and a security that
//! do not fit together. Facts gathered 2026-11 from public threads (nodemailer, MailKit).

mod advice;

use self::advice::*;
use super::step::{Advice, Cause, Route, Step};
use crate::settings::model::Security;

/// Most names of a certificate shown; some bear a hundred.
const NAMES_SHOWN: usize = 3;
/// Most characters shown of what the other side or the system said.
const DETAIL_CHARS: usize = 120;

/// What went wrong without a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Break {
    /// The server's name does not exist.
    NameNotFound,
    /// The name service does not answer.
    NameServerSilent,
    /// The TCP connection is refused.
    Refused,
    /// No route to the network or to the host.
    Unreachable,
    /// Nothing came in time.
    TimedOut,
    /// The other side closed the connection.
    Closed,
    /// The connection was reset.
    Reset,
    /// Clear text came where TLS was expected: 465 and 587 are swapped.
    NotTls,
    /// The certificate is in other names.
    CertificateName {
        /// The names it bears.
        presented: Vec<String>,
    },
    /// The certificate has expired.
    CertificateExpired,
    /// The certificate is not valid yet.
    CertificateNotYetValid,
    /// The certificate is its own issuer.
    CertificateSelfSigned,
    /// No trusted root stands above the certificate.
    CertificateUnknownIssuer {
        /// Issuer as the certificate names it.
        issuer: String,
    },
    /// The certificate is refused for another reason.
    CertificateOther(String),
    /// No common TLS version.
    TlsVersion,
    /// The handshake failed for another reason.
    TlsOther(String),
    /// STARTTLS is chosen and the server does not offer it.
    StartTlsMissing,
    /// Bytes stood in the buffer between the answer to STARTTLS and the handshake.
    InjectedBeforeTls,
    /// A login is set and the server offers none.
    AuthMissing,
    /// The server offers no login method that we know.
    AuthMechanism {
        /// The methods it offers.
        offered: String,
    },
    /// A token is to log in, and the server takes none.
    TokenMechanism {
        /// The methods it offers.
        offered: String,
    },
    /// The password would go over an unencrypted line.
    ClearTextLogin,
    /// What came is not SMTP.
    Garbage(String),
    /// A line or reply is over the limit.
    LineTooLong,
    /// The mail is larger than the server's SIZE (RFC 1870).
    SizeLimit {
        /// Bytes that the server accepts.
        limit: u64,
        /// Bytes of the mail.
        size: u64,
    },
    /// The proxy answered with a refusal.
    ProxyRefused(String),
    /// The address needs SMTPUTF8 (RFC 6531) and the server does not offer it.
    AddressNeedsUtf8,
    /// Nobody has signed in yet.
    NotSignedIn,
    /// The token that the host gave has ended, or is refused.
    PushedTokenEnded,
    /// Tokens cannot be read or kept on this machine.
    TokenNotKept(String),
    /// Reading or writing failed otherwise.
    Io(String),
}

/// Explains a break at one step of one route.
pub(crate) fn explain(step: Step, what: &Break, route: &Route) -> Cause {
    let details = details(what);
    let extra: Vec<(&str, &str)> = details
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    advice(step, what, route).cause(route, &extra)
}

fn advice(step: Step, what: &Break, route: &Route) -> &'static Advice {
    match what {
        // Whatever came in place of an answer: the server has the mail and did not confirm it.
        _ if step == Step::Body => &UNCERTAIN,
        Break::Refused
        | Break::Unreachable
        | Break::TimedOut
        | Break::Closed
        | Break::Reset
        | Break::Io(_)
        | Break::Garbage(_)
            if step == Step::Token =>
        {
            &TOKEN_SERVER_SILENT
        }
        Break::NameNotFound => &NAME_NOT_FOUND,
        Break::NameServerSilent => &NAME_SERVER_SILENT,
        Break::Refused => refused(step, route),
        Break::Unreachable => &UNREACHABLE,
        Break::TimedOut => timed_out(step, route),
        Break::Closed | Break::Reset => closed(step, route),
        Break::Io(_) => &LINE_FAILED,
        Break::NotSignedIn => &NOT_SIGNED_IN,
        Break::PushedTokenEnded => &PUSHED_TOKEN_ENDED,
        Break::TokenNotKept(_) => &TOKEN_NOT_KEPT,
        Break::ProxyRefused(_) => &PROXY_REFUSED,
        Break::NotTls if route.security == Security::StartTls => &NOT_TLS_AFTER_STARTTLS,
        Break::NotTls if matches!(route.port, 25 | 587 | 2587) => &NOT_TLS_BUT_STARTTLS,
        Break::NotTls => &NOT_TLS,
        Break::CertificateName { presented } if presented.is_empty() => &CERTIFICATE_NO_NAME,
        Break::CertificateName { .. } => &CERTIFICATE_NAME,
        Break::CertificateExpired => &CERTIFICATE_EXPIRED,
        Break::CertificateNotYetValid => &CERTIFICATE_NOT_YET_VALID,
        Break::CertificateSelfSigned => &CERTIFICATE_SELF_SIGNED,
        Break::CertificateUnknownIssuer { issuer } => unknown_issuer(issuer),
        Break::CertificateOther(_) => &CERTIFICATE_OTHER,
        Break::TlsVersion => &TLS_VERSION,
        Break::TlsOther(_) => &TLS_OTHER,
        Break::StartTlsMissing => &STARTTLS_MISSING,
        Break::InjectedBeforeTls => &INJECTED,
        Break::AuthMissing if route.security == Security::None => &AUTH_MISSING,
        Break::AuthMissing => &AUTH_MISSING_INSIDE_TLS,
        Break::AuthMechanism { .. } => &AUTH_MECHANISM,
        Break::TokenMechanism { .. } => &TOKEN_MECHANISM,
        Break::ClearTextLogin => &CLEAR_TEXT_LOGIN,
        Break::Garbage(_) => &GARBAGE,
        Break::LineTooLong => &LINE_TOO_LONG,
        Break::SizeLimit { .. } => &SIZE_LIMIT,
        Break::AddressNeedsUtf8 => &ADDRESS_NEEDS_UTF8,
    }
}

fn refused(step: Step, route: &Route) -> &'static Advice {
    match step {
        Step::Proxy => &PROXY_SILENT,
        _ if route.port == 25 => &PORT_25,
        _ => &REFUSED,
    }
}

fn timed_out(step: Step, route: &Route) -> &'static Advice {
    match step {
        Step::Name => &NAME_SERVER_SILENT,
        Step::Proxy => &PROXY_SILENT,
        Step::Connect if route.port == 25 => &PORT_25,
        Step::Connect => &CONNECT_TIMED_OUT,
        Step::Greeting if waits_for_tls(route) => &TLS_PORT,
        Step::Greeting => &GREETING_TIMED_OUT,
        _ => &ANSWER_TIMED_OUT,
    }
}

fn closed(step: Step, route: &Route) -> &'static Advice {
    match step {
        Step::Proxy => &PROXY_SILENT,
        Step::Greeting if waits_for_tls(route) => &TLS_PORT,
        // A line that is cut at once may be noticed while the connecting ends.
        Step::Connect | Step::Greeting => &CLOSED_AT_GREETING,
        Step::Tls => &CLOSED_AT_TLS,
        _ => &CLOSED,
    }
}

/// A server on a TLS port says nothing until the client begins the handshake.
fn waits_for_tls(route: &Route) -> bool {
    !matches!(route.security, Security::Tls) && matches!(route.port, 465 | 2465)
}

fn unknown_issuer(issuer: &str) -> &'static Advice {
    match antivirus(issuer) {
        Some(_) => &CERTIFICATE_ANTIVIRUS,
        None => &CERTIFICATE_UNKNOWN_ISSUER,
    }
}

/// Gives the words that only this break brings, as placeholder and value.
fn details(what: &Break) -> Vec<(&'static str, String)> {
    match what {
        Break::CertificateOther(detail)
        | Break::TlsOther(detail)
        | Break::Garbage(detail)
        | Break::ProxyRefused(detail)
        | Break::Io(detail)
        | Break::TokenNotKept(detail)
        | Break::TokenMechanism { offered: detail }
        | Break::AuthMechanism { offered: detail } => vec![("detail", shown(detail))],
        Break::CertificateName { presented } => vec![("detail", shown(&first_names(presented)))],
        Break::CertificateUnknownIssuer { issuer } => {
            vec![("detail", shown(antivirus(issuer).unwrap_or(issuer)))]
        }
        Break::SizeLimit { limit, size } => vec![
            ("limit", (limit / 1024).to_string()),
            ("size", size.div_ceil(1024).to_string()),
        ],
        _ => Vec::new(),
    }
}

fn first_names(presented: &[String]) -> String {
    let names: Vec<&str> = presented
        .iter()
        .take(NAMES_SHOWN)
        .map(String::as_str)
        .collect();
    names.join(", ")
}

/// Makes the other side's words fit into one sentence.
fn shown(detail: &str) -> String {
    let words: Vec<&str> = detail
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    if words.is_empty() {
        return "?".to_owned();
    }
    words.join(" ").chars().take(DETAIL_CHARS).collect()
}

/// Programs and devices that put their own certificate in front of every server's, by a word of
/// the issuer's name; a short word stands between spaces, so that "reset" is not ESET.
const ANTIVIRUSES: &[(&str, &str)] = &[
    (" avast ", "Avast"),
    (" avg ", "AVG"),
    ("kaspersky", "Kaspersky"),
    (" eset ", "ESET"),
    ("bitdefender", "Bitdefender"),
    ("fortinet", "Fortinet"),
    ("fortigate", "Fortinet"),
    ("sophos", "Sophos"),
    (" norton ", "Norton"),
    ("mcafee", "McAfee"),
    (" dr web ", "Dr.Web"),
    (" drweb ", "Dr.Web"),
];

fn antivirus(issuer: &str) -> Option<&'static str> {
    let words = issuer
        .to_lowercase()
        .replace(|c: char| !c.is_alphanumeric(), " ");
    let words = format!(" {words} ");
    ANTIVIRUSES
        .iter()
        .find(|(word, _)| words.contains(word))
        .map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::step::Class;
    use crate::text::Language;

    fn route(port: u16, security: Security) -> Route<'static> {
        Route {
            host: "smtp.example.com",
            port,
            security,
            user: "shop@example.com",
            from: "shop@example.com",
            owner_signs_in: true,
        }
    }

    fn every_break() -> Vec<Break> {
        vec![
            Break::NameNotFound,
            Break::NameServerSilent,
            Break::Refused,
            Break::Unreachable,
            Break::TimedOut,
            Break::Closed,
            Break::Reset,
            Break::NotTls,
            Break::CertificateName {
                presented: vec!["mail.example.net".to_owned()],
            },
            Break::CertificateName {
                presented: Vec::new(),
            },
            Break::CertificateExpired,
            Break::CertificateNotYetValid,
            Break::CertificateSelfSigned,
            Break::CertificateUnknownIssuer {
                issuer: String::new(),
            },
            Break::CertificateOther("x".to_owned()),
            Break::TlsVersion,
            Break::TlsOther("x".to_owned()),
            Break::StartTlsMissing,
            Break::InjectedBeforeTls,
            Break::AuthMissing,
            Break::AuthMechanism {
                offered: "XOAUTH2".to_owned(),
            },
            Break::ClearTextLogin,
            Break::Garbage("HTTP/1.1 400 Bad Request".to_owned()),
            Break::LineTooLong,
            Break::SizeLimit { limit: 1, size: 2 },
            Break::ProxyRefused("403".to_owned()),
            Break::AddressNeedsUtf8,
            Break::Io("x".to_owned()),
        ]
    }

    const STEPS: &[Step] = &[
        Step::Name,
        Step::Connect,
        Step::Proxy,
        Step::Greeting,
        Step::Ehlo,
        Step::StartTls,
        Step::Tls,
        Step::Auth,
        Step::MailFrom,
        Step::RcptTo,
        Step::Data,
        Step::Body,
        Step::Reset,
    ];

    #[test]
    fn port_and_security_decide_the_advice() {
        use Security::{None as Clear, StartTls, Tls};
        for (step, what, port, security, id) in [
            (
                Step::Connect,
                Break::Refused,
                25,
                StartTls,
                "port_25_blocked",
            ),
            (Step::Connect, Break::TimedOut, 25, Clear, "port_25_blocked"),
            (Step::Connect, Break::Refused, 465, Tls, "connect_refused"),
            (
                Step::Connect,
                Break::TimedOut,
                587,
                StartTls,
                "connect_timed_out",
            ),
            (
                Step::Name,
                Break::TimedOut,
                587,
                StartTls,
                "name_server_silent",
            ),
            (Step::Proxy, Break::TimedOut, 25, StartTls, "proxy_silent"),
            (Step::Proxy, Break::Refused, 25, StartTls, "proxy_silent"),
            (
                Step::Proxy,
                Break::ProxyRefused("407".to_owned()),
                465,
                Tls,
                "proxy_refused",
            ),
            (
                Step::Greeting,
                Break::TimedOut,
                465,
                StartTls,
                "port_wants_tls",
            ),
            (Step::Greeting, Break::Closed, 2465, Clear, "port_wants_tls"),
            (
                Step::Greeting,
                Break::TimedOut,
                465,
                Tls,
                "greeting_timed_out",
            ),
            (
                Step::Greeting,
                Break::TimedOut,
                587,
                StartTls,
                "greeting_timed_out",
            ),
            (
                Step::Greeting,
                Break::Reset,
                587,
                StartTls,
                "greeting_closed",
            ),
            (Step::Tls, Break::NotTls, 587, Tls, "port_wants_starttls"),
            (Step::Tls, Break::NotTls, 2525, Tls, "not_tls"),
            (
                Step::Tls,
                Break::NotTls,
                587,
                StartTls,
                "not_tls_after_starttls",
            ),
            (Step::Tls, Break::Reset, 465, Tls, "tls_closed"),
            (Step::Ehlo, Break::TimedOut, 465, Tls, "answer_timed_out"),
            (Step::Data, Break::Closed, 465, Tls, "connection_closed"),
            (
                Step::Data,
                Break::Io("x".to_owned()),
                465,
                Tls,
                "line_failed",
            ),
            (Step::Body, Break::Closed, 465, Tls, "outcome_unknown"),
            (Step::Body, Break::Reset, 465, Tls, "outcome_unknown"),
            (Step::Body, Break::TimedOut, 465, Tls, "outcome_unknown"),
            (
                Step::Body,
                Break::Io("x".to_owned()),
                465,
                Tls,
                "outcome_unknown",
            ),
            (
                Step::Body,
                Break::Garbage("354 go on".to_owned()),
                465,
                Tls,
                "outcome_unknown",
            ),
            (Step::Body, Break::LineTooLong, 465, Tls, "outcome_unknown"),
        ] {
            let cause = explain(step, &what, &route(port, security));
            assert_eq!(cause.id, id, "{step:?} {what:?} {port} {security:?}");
        }
    }

    #[test]
    fn every_break_has_its_class() {
        for what in every_break() {
            let expected = match what {
                Break::NameNotFound
                | Break::NameServerSilent
                | Break::Refused
                | Break::Unreachable
                | Break::TimedOut
                | Break::Closed
                | Break::Reset
                | Break::ProxyRefused(_)
                | Break::Io(_) => Class::Network,
                Break::AuthMissing | Break::AuthMechanism { .. } | Break::ClearTextLogin => {
                    Class::Auth
                }
                Break::Garbage(_) | Break::LineTooLong => Class::Protocol,
                Break::SizeLimit { .. } => Class::Content,
                Break::AddressNeedsUtf8 => Class::Recipient,
                _ => Class::Tls,
            };
            let cause = explain(Step::Ehlo, &what, &route(465, Security::Tls));
            assert_eq!(cause.class, expected, "{what:?}");
        }
    }

    #[test]
    fn no_sentence_keeps_a_placeholder() {
        for what in every_break() {
            for step in STEPS {
                for port in [25, 465, 587] {
                    let cause = explain(*step, &what, &route(port, Security::StartTls));
                    let hint = cause.hint.unwrap();
                    for language in [Language::French, Language::English] {
                        for sentence in [cause.message.get(language), hint.get(language)] {
                            assert!(!sentence.is_empty(), "{what:?} at {step:?}");
                            assert!(!sentence.contains(['{', '}']), "{what:?}: {sentence}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn antivirus_is_named_by_whole_words() {
        for (issuer, expected) in [
            ("CN=Avast Web/Mail Shield Root, O=Avast", Some("Avast")),
            ("CN=AVG Web/Mail Shield Root", Some("AVG")),
            (
                "O=AO Kaspersky Lab, CN=Kaspersky Anti-Virus Personal Root",
                Some("Kaspersky"),
            ),
            ("CN=ESET SSL Filter CA", Some("ESET")),
            (
                "CN=Bitdefender Personal CA.Net-Defender",
                Some("Bitdefender"),
            ),
            ("C=US, O=Fortinet, CN=FortiGate CA", Some("Fortinet")),
            ("CN=Sophos SSL CA_C123", Some("Sophos")),
            ("CN=Norton Web/Mail Shield Root", Some("Norton")),
            ("O=McAfee LLC", Some("McAfee")),
            ("CN=Dr.Web for Windows", Some("Dr.Web")),
            ("CN=Reset Systems CA", None),
            ("CN=Havga Corp", None),
            ("", None),
        ] {
            assert_eq!(antivirus(issuer), expected, "{issuer}");
        }
    }

    #[test]
    fn antivirus_stands_in_the_sentence() {
        let what = Break::CertificateUnknownIssuer {
            issuer: "CN=ESET SSL Filter CA".to_owned(),
        };
        let cause = explain(Step::Tls, &what, &route(465, Security::Tls));
        assert_eq!(
            cause.message.get(Language::French),
            "ESET remplace le certificat du serveur smtp.example.com par le sien."
        );
    }

    #[test]
    fn certificate_names_are_limited() {
        let presented = ["a.net", "b.net", "c.net", "d.net"]
            .map(str::to_owned)
            .to_vec();
        let cause = explain(
            Step::Tls,
            &Break::CertificateName { presented },
            &route(465, Security::Tls),
        );
        let hint = cause.hint.unwrap();
        assert!(hint.get(Language::English).contains("a.net, b.net, c.net."));
    }

    #[test]
    fn sizes_round_against_the_mail() {
        let what = Break::SizeLimit {
            limit: 10_240,
            size: 10_241,
        };
        let cause = explain(Step::MailFrom, &what, &route(465, Security::Tls));
        assert_eq!(
            cause.message.get(Language::English),
            "The mail (11 KB) is too large for the server smtp.example.com, which accepts 10 KB."
        );
    }

    #[test]
    fn foreign_words_become_one_short_line() {
        for (detail, expected) in [
            ("", "?".to_owned()),
            ("\r\n\0", "?".to_owned()),
            ("a\r\nb\tc", "a b c".to_owned()),
            (&"é".repeat(500), "é".repeat(120)),
        ] {
            assert_eq!(shown(detail), expected, "{detail:?}");
        }
    }
}
