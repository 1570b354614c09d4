//! What a mail server's refusal means: its words in, class, sentence and cure out.
//!
//! Facts gathered 2026-11 from providers' public pages and public threads; each family's file
//! names its own. Providers change their wording, so a row matches by step, code, enhanced code
//! (RFC 3463) and a short fragment, never by a whole line, and never by the first digit where a
//! provider is known to mean something else: Gmail's 550 5.4.5 waits, IONOS's 450 at RCPT TO is a
//! quota. The first row that matches decides; the general rows come last and leave nothing open.

mod french;
mod general;
mod google;
mod microsoft;
mod services;
mod tokens;

use super::step::{Advice, Cause, Class, Route, Step, Wording};
use crate::error::SmtpReply;

/// Longest wait taken from a server's words: a typing error there must not park a mail for days.
const LONGEST_NAMED_WAIT_S: u32 = 4 * 3600;

/// One row of the table; an empty member matches anything.
pub(crate) struct Row {
    /// Name of the row.
    pub(crate) id: &'static str,
    /// Steps at which it applies.
    pub(crate) steps: &'static [Step],
    /// Reply codes; 4 and 5 stand for every code of their hundred.
    pub(crate) codes: &'static [u16],
    /// Enhanced codes; one that ends in a dot stands for all that begin so.
    pub(crate) enhanced: &'static [&'static str],
    /// Lower-case fragments of the server's words; `*` stands for anything in between.
    pub(crate) says: &'static [&'static str],
    /// Fragments of the server's name, for what only one provider means so.
    pub(crate) hosts: &'static [&'static str],
    /// Kind of trouble.
    pub(crate) class: Class,
    /// What is wrong.
    pub(crate) message: Wording,
    /// What to do about it.
    pub(crate) hint: Wording,
    /// Seconds to wait before the next try.
    pub(crate) wait_s: Option<u32>,
    /// Whether the server's words may name the wait, as greylisting does.
    pub(crate) wait_named: bool,
    /// Whether a "later" asks the whole account to slow down, not only this mail to come back.
    pub(crate) of_account: bool,
}

/// The row that matches everything, for the others to start from.
pub(crate) const ANY: Row = Row {
    id: "",
    steps: &[],
    codes: &[],
    enhanced: &[],
    says: &[],
    hosts: &[],
    class: Class::Protocol,
    message: ("", ""),
    hint: ("", ""),
    wait_s: None,
    wait_named: false,
    of_account: false,
};

/// Families in the order of the search: providers first.
static FAMILIES: &[&[Row]] = &[
    google::ROWS,
    microsoft::ROWS,
    french::ROWS,
    services::ROWS,
    tokens::ROWS,
    general::ROWS,
];

/// Judges a refusal, or a reply that should not have come at this step.
pub(crate) fn judge(step: Step, reply: &SmtpReply, route: &Route) -> Cause {
    let heard = Heard {
        step,
        code: reply.code,
        enhanced: reply.enhanced.as_deref().unwrap_or(""),
        words: reply.text.to_lowercase(),
        host: route.host.to_lowercase(),
    };
    let row = rows().find(|row| heard.fits(row)).unwrap_or(&ANY);
    row.cause(&heard, route)
}

fn rows() -> impl Iterator<Item = &'static Row> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

/// A reply made ready for comparing.
struct Heard<'a> {
    step: Step,
    code: u16,
    enhanced: &'a str,
    words: String,
    host: String,
}

impl Heard<'_> {
    fn fits(&self, row: &Row) -> bool {
        any(row.steps, |step| *step == self.step)
            && any(row.codes, |code| {
                *code == self.code || *code == self.code / 100
            })
            && any(row.enhanced, |enhanced| self.has_enhanced(enhanced))
            && any(row.says, |fragment| holds(&self.words, fragment))
            && any(row.hosts, |host| self.host.contains(host))
    }

    fn has_enhanced(&self, wanted: &str) -> bool {
        self.enhanced == wanted || (wanted.ends_with('.') && self.enhanced.starts_with(wanted))
    }
}

impl Row {
    fn cause(&self, heard: &Heard, route: &Route) -> Cause {
        let advice = Advice {
            id: self.id,
            class: self.class,
            message: self.message,
            hint: self.hint,
        };
        let named = self
            .wait_named
            .then(|| named_wait_s(&heard.words))
            .flatten();
        Cause {
            wait_s: named.or(self.wait_s),
            of_account: self.of_account,
            ..advice.cause(route, &[])
        }
    }
}

fn any<T>(wanted: &[T], matches: impl Fn(&T) -> bool) -> bool {
    wanted.is_empty() || wanted.iter().any(matches)
}

fn holds(words: &str, fragment: &str) -> bool {
    let mut rest = words;
    fragment.split('*').all(|part| match rest.split_once(part) {
        Some((_, after)) => {
            rest = after;
            true
        }
        None => false,
    })
}

/// Reads "300 seconds" or "5 minutes" out of the server's words.
fn named_wait_s(words: &str) -> Option<u32> {
    let mut number = None;
    for word in words.split(|c: char| !c.is_ascii_alphanumeric()) {
        let unit_s = match word {
            "s" | "sec" | "secs" | "second" | "seconds" => 1,
            "min" | "mins" | "minute" | "minutes" => 60,
            "" => continue,
            _ => {
                number = word.parse::<u32>().ok();
                continue;
            }
        };
        if let Some(number) = number {
            return Some(number.saturating_mul(unit_s).min(LONGEST_NAMED_WAIT_S));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::model::Security;
    use crate::text::Language;
    use std::collections::HashSet;

    const OWN: &str = "mail.example.com";
    const GMAIL: &str = "smtp.gmail.com";
    const M365: &str = "smtp.office365.com";

    fn route(host: &str) -> Route<'_> {
        Route {
            host,
            port: 465,
            security: Security::Tls,
            user: "shop@example.com",
            from: "till@example.com",
            owner_signs_in: true,
        }
    }

    /// Takes a reply apart as the session does.
    fn reply(line: &str) -> SmtpReply {
        let (code, text) = line.split_once(' ').unwrap();
        let first = text.split(' ').next().unwrap();
        let numbers = first
            .split('.')
            .filter(|part| part.parse::<u16>().is_ok())
            .count();
        let enhanced = first.split('.').count() == 3 && numbers == 3;
        SmtpReply {
            code: code.parse().unwrap(),
            enhanced: enhanced.then(|| first.to_owned()),
            text: text.to_owned(),
        }
    }

    fn check(cases: &[(Step, &str, &str, &str, Class)]) {
        for (step, host, line, id, class) in cases {
            let cause = judge(*step, &reply(line), &route(host));
            assert_eq!(
                (cause.id, cause.class),
                (*id, *class),
                "{step:?} {host} {line}"
            );
        }
    }

    use Class::{
        Account, Auth, Content, Network, Protocol, Quota, Recipient, Sender, Tls, Transient,
    };

    #[rustfmt::skip]
    #[test]
    fn google_is_understood() {
        check(&[
            (Step::Auth, GMAIL, "534 5.7.9 Application-specific password required. Learn more", "gmail_app_password", Auth),
            (Step::Auth, GMAIL, "535 5.7.1 Application-specific password required", "gmail_app_password", Auth),
            (Step::Auth, GMAIL, "534 5.7.14 <https://accounts.google.com/signin> Please log in via your web browser", "gmail_browser", Auth),
            (Step::Auth, GMAIL, "534 5.7.9 Please log in with your web browser and then try again", "gmail_browser", Auth),
            (Step::Auth, GMAIL, "535 5.7.8 Username and Password not accepted. BadCredentials", "gmail_password", Auth),
            (Step::MailFrom, GMAIL, "530 5.7.0 Authentication Required.", "login_needed", Auth),
            (Step::MailFrom, GMAIL, "530 5.5.1 Authentication Required.", "login_needed", Auth),
            (Step::MailFrom, GMAIL, "530 5.7.0 Must issue a STARTTLS command first", "starttls_required", Tls),
            (Step::Body, GMAIL, "550 5.4.5 Daily user sending limit exceeded.", "gmail_quota", Quota),
            (Step::MailFrom, GMAIL, "550 5.7.1 Daily SMTP relay limit exceeded for user", "gmail_quota", Quota),
            (Step::MailFrom, GMAIL, "550 5.4.5 Words of next year", "gmail_quota_code", Quota),
            (Step::Greeting, GMAIL, "421 4.7.0 Try again later, closing connection.", "gmail_busy", Transient),
            (Step::Body, GMAIL, "451 4.3.0 Mail server temporarily rejected message.", "gmail_busy", Transient),
            (Step::Auth, GMAIL, "454 4.7.0 Too many login attempts, please try again later.", "login_later", Transient),
            (Step::Auth, GMAIL, "454 4.7.0 Cannot authenticate due to temporary system problem.", "login_later", Transient),
            (Step::Body, GMAIL, "421 4.7.28 exceeded its quota for sending messages with the same Message-ID", "gmail_same_message", Transient),
            (Step::Auth, GMAIL, "504 5.7.4 Unrecognized authentication type", "gmail_mechanism", Auth),
            (Step::Auth, GMAIL, "501 5.5.2 Cannot Decode response", "gmail_mechanism", Auth),
            (Step::RcptTo, GMAIL, "450 4.2.1 The user you are trying to contact is receiving mail too quickly.", "gmail_recipient_rate", Transient),
            (Step::RcptTo, GMAIL, "452 4.2.2 The email account that you tried to reach is over quota.", "recipient_full_later", Transient),
            (Step::RcptTo, GMAIL, "552 5.2.2 The email account that you tried to reach is over quota.", "recipient_full", Recipient),
            (Step::RcptTo, GMAIL, "550 5.1.1 The email account that you tried to reach does not exist.", "recipient_unknown", Recipient),
            (Step::Body, GMAIL, "550 5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.", "domain_not_authenticated", Account),
            (Step::Body, GMAIL, "421 4.7.26 This mail has been rate limited because it is unauthenticated.", "domain_not_authenticated", Account),
            (Step::Body, GMAIL, "550 5.7.1 not accepted due to domain's DMARC policy", "domain_not_authenticated_words", Account),
            (Step::Body, GMAIL, "550 5.7.1 not RFC 5322 compliant because it has duplicate headers", "header_duplicated", Content),
            (Step::Body, GMAIL, "550 5.7.1 is missing a valid address in the From: header", "header_duplicated", Content),
            (Step::Body, GMAIL, "550 5.7.1 has multiple addresses in From: header", "header_duplicated", Content),
            (Step::MailFrom, GMAIL, "552 5.3.4 Your message exceeded Google's message size limits.", "size", Content),
            (Step::Body, GMAIL, "421 4.7.28 Gmail has detected an unusual rate of mail", "gmail_rate_later", Transient),
            (Step::Body, GMAIL, "550 5.7.28 an unusual rate of unsolicited mail", "gmail_rate_blocked", Account),
        ]);
    }

    #[rustfmt::skip]
    #[test]
    fn microsoft_is_understood() {
        check(&[
            (Step::Auth, M365, "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.", "microsoft_basic_closed", Auth),
            (Step::Auth, M365, "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.", "microsoft_smtp_disabled", Auth),
            (Step::Auth, M365, "535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be authenticated", "microsoft_policy", Auth),
            (Step::Auth, M365, "535 5.7.139 Authentication unsuccessful", "microsoft_login", Auth),
            (Step::Auth, M365, "535 5.7.3 Authentication unsuccessful [PR3P]", "microsoft_login_code", Auth),
            (Step::Auth, "ex4.mail.ovh.net", "535 5.7.3 Authentication unsuccessful", "login_refused", Auth),
            (Step::Auth, M365, "550 5.7.30 Basic authentication is not supported for Client Submission", "microsoft_basic_closed", Auth),
            (Step::MailFrom, M365, "530 5.7.57 Client not authenticated to send mail.", "microsoft_not_logged_in", Auth),
            (Step::Body, M365, "554 5.2.252 SendAsDenied; a@x.fr not allowed to send as b@x.fr; STOREDRV.Submission.Exception", "microsoft_send_as", Sender),
            (Step::Body, "ex4.mail.ovh.net", "550 5.7.60 SMTP; Client does not have permissions to send as this sender", "microsoft_send_as", Sender),
            (Step::Body, M365, "550 5.2.252 Sender throttled due to continuous SendAsDenied errors", "microsoft_throttled", Account),
            (Step::Body, M365, "550 5.2.253 Words of next year", "microsoft_throttled_code", Account),
            (Step::Body, M365, "554 5.2.252 Words of next year", "microsoft_send_as_code", Sender),
            (Step::Auth, M365, "432 4.3.2 Concurrent connections limit exceeded.", "microsoft_connections", Transient),
            (Step::MailFrom, M365, "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", "microsoft_connections", Transient),
            (Step::Body, M365, "554 5.2.2 mailbox full; STOREDRV.Submission.Exception", "microsoft_mailbox_full", Account),
            (Step::Body, M365, "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceeded", "microsoft_quota", Quota),
            (Step::Body, M365, "550 5.1.8 Access denied, bad outbound sender", "microsoft_sender_blocked", Account),
        ]);
    }

    #[rustfmt::skip]
    #[test]
    fn refused_tokens_are_understood() {
        check(&[
            (Step::AuthToken, GMAIL, "535 5.7.8 Username and Password not accepted. {\"status\":\"400\",\"schemes\":\"Bearer\",\"scope\":\"https://mail.google.com/\"}", "token_refused_by_server", Class::SignIn),
            (Step::AuthToken, GMAIL, "535 5.7.8 Username and Password not accepted. {\"status\":\"403\",\"schemes\":\"Bearer\"}", "token_scope", Class::SignIn),
            (Step::AuthToken, OWN, "535 5.7.8 Error: authentication failed: {\"status\":\"insufficient_scope\"}", "token_scope", Class::SignIn),
            (Step::AuthToken, M365, "535 5.7.3 Authentication unsuccessful [PR3P]", "microsoft_token_login", Class::SignIn),
            (Step::AuthToken, M365, "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox.", "microsoft_smtp_disabled", Auth),
            (Step::AuthToken, OWN, "535 5.7.8 Error: authentication failed", "token_login_refused", Class::SignIn),
            (Step::AuthToken, OWN, "535 5.7.8 Error: authentication failed: (reason unavailable) {\"status\":\"401\"}", "token_refused_by_server", Class::SignIn),
            (Step::AuthToken, OWN, "535 5.7.8 Error: authentication failed: (reason unavailable)", "token_check_unavailable", Transient),
            (Step::AuthToken, OWN, "454 4.7.0 Temporary authentication failure", "login_later", Transient),
        ]);
    }

    #[rustfmt::skip]
    #[test]
    fn french_providers_are_understood() {
        check(&[
            (Step::RcptTo, "smtp.ionos.fr", "450 Requested mail action not taken: mailbox unavailable Mail send limit exceeded.", "ionos_quota", Quota),
            (Step::MailFrom, "smtp.ionos.fr", "550 Requested action not taken: Sender address is not allowed.", "ionos_sender", Sender),
            (Step::Auth, "smtp.1und1.de", "535 Authentication credentials invalid", "ionos_login", Auth),
            (Step::RcptTo, "mail.gandi.net", "450 4.7.1 sasl_rate_limit per hour", "gandi_quota", Quota),
            (Step::RcptTo, "mail.gandi.net", "451 4.7.1 Greylisted for 300 seconds", "greylisted", Transient),
            (Step::RcptTo, "mail.gandi.net", "550 5.7.1 blocked you maybe infected", "gandi_infected", Account),
            (Step::MailFrom, "smtp.orange.fr", "421 smtp.orange.fr Emetteur invalide, Veuillez verifier la configuration SPF/DNS de votre nom de domaine.", "orange_spf", Sender),
            (Step::MailFrom, "smtp.laposte.net", "550 5.5.0 Authentification requise. Authentication Required. LPN105_402", "orange_login_needed", Auth),
            (Step::MailFrom, "smtp.laposte.net", "550 5.5.3 Mail from not owned by user. LPN105_421", "orange_owner", Sender),
            (Step::MailFrom, "smtp.orange.fr", "501 5.1.0 Emetteur invalide. Invalid Sender. OFR004_405 [405]", "orange_sender", Sender),
            (Step::Greeting, "smtp.orange.fr", "421 ME Trop de connexions, veuillez verifier votre configuration. OFR005_104 [104]", "orange_connections", Transient),
            (Step::RcptTo, "smtp.orange.fr", "421 Veuillez essayer plus tard. OFR004_109", "orange_connections", Transient),
            (Step::RcptTo, "smtp.orange.fr", "421 Service refuse. Veuillez essayer plus tard. OFR_999 [999]", "orange_rate", Quota),
            (Step::Ehlo, "smtp.orange.fr", "550 Veuillez essayer plus tard. OFR004_201", "orange_ehlo", Protocol),
            (Step::RcptTo, "smtp.orange.fr", "550 5.1.1 Adresse d au moins un destinataire invalide. OFR_416 [416]", "orange_recipient", Recipient),
            (Step::RcptTo, "smtp.laposte.net", "550 5.1.1 Invalid recipient. LPN416", "orange_recipient", Recipient),
            (Step::RcptTo, "smtp.orange.fr", "552 5.1.1 Boite du destinataire pleine. OFR_417 [417]", "orange_recipient_full", Recipient),
            (Step::Body, "smtp.orange.fr", "550 Mail rejete. Mail rejected. OFR_506 [506]", "orange_spam", Content),
            (Step::Body, "smtp.orange.fr", "550 OFR_519 DMARC", "orange_domain", Account),
            (Step::RcptTo, "smtp.sfr.fr", "421 SFR_IN_105 volume", "sfr_inbound", Transient),
            (Step::RcptTo, OWN, "550 Domain x.fr has exceeded the max emails per hour (125/100 (125%)) allowed.", "cpanel_quota", Quota),
        ]);
    }

    #[rustfmt::skip]
    #[test]
    fn sending_services_are_understood() {
        check(&[
            (Step::RcptTo, "smtp.zoho.eu", "553 Relaying disallowed as till@example.com", "zoho_sender", Sender),
            (Step::MailFrom, "smtp.zoho.eu", "554 5.1.8 Email Outgoing Blocked: Sender Address Blocked", "zoho_blocked", Account),
            (Step::Body, "smtp.zoho.eu", "550 5.4.6 Unusual sending activity detected.", "zoho_blocked", Account),
            (Step::Auth, "smtp-relay.brevo.com", "525 5.7.1 Unauthorized IP address", "brevo_key", Auth),
            (Step::Auth, "smtp-relay.brevo.com", "535 5.7.8 Authentication failed", "brevo_key", Auth),
            (Step::Auth, OWN, "535 Key not found", "key_not_found", Auth),
            (Step::MailFrom, "in-v3.mailjet.com", "550 Sender not allowed", "mailjet_sender", Sender),
            (Step::Body, "smtp.sendgrid.net", "403 You are not authorized to send from that email address", "sendgrid_sender", Sender),
            (Step::Body, "smtp.sendgrid.net", "550 The from address does not match a verified Sender Identity.", "sendgrid_sender", Sender),
            (Step::Auth, "smtp.sendgrid.net", "451 Authentication failed: Maximum credits exceeded", "sendgrid_credits", Quota),
            (Step::Auth, "email-smtp.eu-west-3.amazonaws.com", "535 Authentication Credentials Invalid", "ses_login", Auth),
            (Step::Body, "email-smtp.eu-west-3.amazonaws.com", "554 Message rejected: Email address is not verified.", "ses_sender", Sender),
            (Step::Body, "email-smtp.eu-west-3.amazonaws.com", "454 Throttling failure: Maximum sending rate exceeded", "ses_rate", Transient),
            (Step::Body, "email-smtp.eu-west-3.amazonaws.com", "454 Throttling failure: Daily message quota exceeded", "ses_throttled", Quota),
            (Step::Greeting, "email-smtp.eu-west-3.amazonaws.com", "421 Too many concurrent SMTP connections", "too_many_connections", Transient),
            (Step::Body, "email-smtp.eu-west-3.amazonaws.com", "451 4.4.2 Timeout waiting for data from client.", "line_too_slow", Network),
        ]);
    }

    #[rustfmt::skip]
    #[test]
    fn any_server_is_understood() {
        check(&[
            (Step::Ehlo, OWN, "501 5.5.4 HELO/EHLO argument is invalid", "ehlo_name", Protocol),
            (Step::Ehlo, OWN, "501 Empty HELO/EHLO argument not allowed", "ehlo_name", Protocol),
            (Step::Ehlo, OWN, "501 5.5.4 Invalid domain name", "ehlo_name", Protocol),
            (Step::Ehlo, OWN, "501 Syntactically invalid HELO argument(s)", "ehlo_name", Protocol),
            (Step::Ehlo, OWN, "550 no", "ehlo_refused", Protocol),
            (Step::RcptTo, OWN, "553 5.7.1 <till@example.com>: Sender address rejected: not owned by user shop@example.com", "sender_not_owned", Sender),
            (Step::RcptTo, OWN, "550 5.1.0 <till@example.com>: Sender address rejected", "sender_refused_words", Sender),
            (Step::RcptTo, OWN, "554 5.7.1 <a@b.fr>: Relay access denied", "relay_denied", Auth),
            (Step::RcptTo, OWN, "550 5.7.1 Unable to relay", "relay_denied", Auth),
            (Step::RcptTo, OWN, "554 5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied", "login_needed_words", Auth),
            (Step::RcptTo, OWN, "550 5.7.1 Authentication required", "login_needed_words", Auth),
            (Step::RcptTo, OWN, "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", "blocklisted", Account),
            (Step::RcptTo, OWN, "554 5.7.1 <a@b.fr>: Recipient address rejected: Access denied", "recipient_rejected", Recipient),
            (Step::RcptTo, OWN, "550 5.7.1 Denied by policy", "recipient_policy", Recipient),
            (Step::RcptTo, OWN, "550 No such user here", "recipient_unknown_words", Recipient),
            (Step::RcptTo, OWN, "550 5.2.1 disabled", "recipient_disabled", Recipient),
            (Step::RcptTo, OWN, "450 4.1.2 <a@gmial.fr>: Recipient address rejected: Domain not found", "recipient_domain_later", Transient),
            (Step::RcptTo, OWN, "552 storage", "recipient_storage", Recipient),
            (Step::RcptTo, OWN, "550 no", "recipient_refused", Recipient),
            (Step::RcptTo, OWN, "450 no", "try_later", Transient),
            (Step::RcptTo, OWN, "452 4.2.2 no", "recipient_full_later_code", Transient),
            (Step::Body, OWN, "552 5.2.2 <a@b.fr> Quota exceeded (mailbox for user is full)", "recipient_full", Recipient),
            (Step::RcptTo, OWN, "452 4.3.1 Insufficient system storage", "try_later", Transient),
            (Step::RcptTo, OWN, "550 You have exceeded your hourly limit", "sending_limit", Quota),
            (Step::MailFrom, OWN, "552 5.3.4 Message size exceeds fixed limit", "size", Content),
            (Step::MailFrom, OWN, "552 too much", "size_at_sender", Content),
            (Step::MailFrom, OWN, "550 5.1.8 Domain not found", "sender_domain_unknown", Sender),
            (Step::MailFrom, OWN, "550 no", "sender_refused", Sender),
            (Step::MailFrom, OWN, "500 5.5.2 unrecognized", "command_refused", Protocol),
            (Step::MailFrom, OWN, "421 bye", "server_closing", Transient),
            (Step::StartTls, OWN, "454 4.7.0 TLS not available due to local problem", "starttls_refused", Tls),
            (Step::Greeting, OWN, "554 No SMTP service here", "greeting_refused", Account),
            (Step::Auth, OWN, "535 5.7.8 Error: authentication failed", "login_refused", Auth),
            (Step::Auth, OWN, "538 5.7.11 Encryption required", "login_encryption", Auth),
            (Step::Auth, OWN, "435 4.7.8 unable to authenticate at present", "login_busy", Transient),
            (Step::Auth, OWN, "504 5.5.4 mechanism not supported", "login_method", Auth),
            (Step::Auth, OWN, "525 5.7.13 User account disabled", "login_disabled", Auth),
            (Step::Body, OWN, "552 5.7.0 content presents a potential security issue", "content_dangerous", Content),
            (Step::Body, OWN, "554 5.7.1 rejected as spam", "content_spam", Content),
            (Step::Body, OWN, "554 5.7.1 no", "content_policy", Content),
            (Step::Body, OWN, "552 too much", "size_at_content", Content),
            (Step::Data, OWN, "554 no", "content_refused", Content),
            (Step::Data, OWN, "250 ok", "unexpected", Protocol),
            (Step::Body, OWN, "354 go on", "unexpected", Protocol),
            (Step::Reset, OWN, "550 no", "unexpected", Protocol),
            (Step::Reset, OWN, "999 ?", "unexpected", Protocol),
        ]);
    }

    #[test]
    fn waits_come_from_the_table_or_the_server() {
        for (step, line, expected) in [
            (
                Step::RcptTo,
                "450 4.7.1 Greylisted for 240 seconds",
                Some(240),
            ),
            (
                Step::RcptTo,
                "450 Greylisting in action, come back in 5 minutes",
                Some(300),
            ),
            (
                Step::RcptTo,
                "450 4.2.0 Greylisted, see http://postgrey.example/",
                Some(300),
            ),
            (
                Step::RcptTo,
                "450 Greylisted for 99999999 seconds",
                Some(LONGEST_NAMED_WAIT_S),
            ),
            (
                Step::RcptTo,
                "450 Greylisted for 4294967295 minutes",
                Some(LONGEST_NAMED_WAIT_S),
            ),
            (Step::Auth, "454 4.7.0 Too many login attempts", Some(900)),
            (
                Step::MailFrom,
                "550 5.4.5 Daily sending quota exceeded",
                Some(3600),
            ),
            (Step::RcptTo, "450 later", None),
            (Step::RcptTo, "450 wait 20 seconds", None),
        ] {
            assert_eq!(
                judge(step, &reply(line), &route(GMAIL)).wait_s,
                expected,
                "{line}"
            );
        }
    }

    #[test]
    fn every_quota_waits_an_hour_at_least() {
        for row in rows().filter(|row| row.class == Class::Quota) {
            assert!(row.wait_s >= Some(3600), "{}", row.id);
        }
    }

    #[test]
    fn every_row_is_named_once_and_speaks_both_languages() {
        let mut ids = HashSet::new();
        for row in rows() {
            assert!(!row.id.is_empty() && ids.insert(row.id), "{}", row.id);
            let (message, hint) = (row.message, row.hint);
            for sentence in [message.0, message.1, hint.0, hint.1] {
                assert!(sentence.ends_with('.'), "{}: {sentence}", row.id);
                let filled = crate::delivery::step::fill(sentence, &route(OWN), &[]);
                assert!(!filled.contains(['{', '}']), "{}: {filled}", row.id);
                assert!(!sentence.contains("  "), "{}: {sentence}", row.id);
            }
        }
    }

    #[test]
    fn every_fragment_is_lower_case_and_every_code_possible() {
        for row in rows() {
            for fragment in row.says.iter().chain(row.hosts) {
                assert_eq!(*fragment, fragment.to_lowercase(), "{}", row.id);
                assert!(fragment.len() >= 4, "{}: {fragment}", row.id);
            }
            for code in row.codes {
                assert!(matches!(code, 4 | 5 | 400..=599), "{}: {code}", row.id);
            }
        }
    }

    #[test]
    fn any_code_at_any_step_gets_a_sentence() {
        let steps = [
            Step::Greeting,
            Step::Ehlo,
            Step::Auth,
            Step::AuthToken,
            Step::MailFrom,
            Step::RcptTo,
        ];
        for step in steps
            .into_iter()
            .chain([Step::Data, Step::Body, Step::Reset])
        {
            for code in 0..1000 {
                let reply = SmtpReply {
                    code,
                    enhanced: None,
                    text: String::new(),
                };
                let cause = judge(step, &reply, &route(OWN));
                let message = cause.message.get(Language::French);
                assert!(
                    !message.is_empty() && cause.hint.is_some(),
                    "{step:?} {code}"
                );
                let later = matches!(cause.class, Class::Transient | Class::Tls);
                assert!(later || code / 100 != 4, "{step:?} {code}: {}", cause.id);
            }
        }
    }
}
